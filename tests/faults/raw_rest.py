"""The local cloud's REST surface without a client library: nothing here tries again, so an answer is an answer.

`launched` starts a `python -m infra.local` and ends it; `Rest` speaks to it.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sql import SqlSettings

PATIENCE_SECONDS = 60
SETTINGS = SqlSettings()
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EROS_", "BIGQUERY_"))}


class NoAnswer(Exception):
    """The server died before it answered: what was asked may or may not have happened."""


@contextmanager
def starting(home: Path) -> Iterator[subprocess.Popen[str]]:
    """The process of a server of this home, which may not be ready yet; killed at the end if it still runs."""
    command = [sys.executable, "-m", "infra.local", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_CLEAN) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def launched(home: Path) -> Iterator[tuple[subprocess.Popen[str], Rest]]:
    """A server that is ready, and how to speak to it."""
    with starting(home) as process:
        assert process.stdout is not None
        answer = json.loads(process.stdout.readline())
        yield process, Rest(answer["url"])


class Rest:
    """One connection for each request, for use from any thread."""

    def __init__(self, url: str) -> None:
        self.address = url.removeprefix("http://")
        self._project = f"/bigquery/v2/projects/{SETTINGS.project}"

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> dict[str, Any]:
        """The answer to one request. Raises NoAnswer, and AssertionError for an error that was answered."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, data, {"Content-Type": content_type})
            response = connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from error
        finally:
            connection.close()
        answer: dict[str, Any] = json.loads(text or b"{}")
        assert status < 300, answer
        return answer

    def resource(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A dataset, table or routine, or rows for one: `path` is below the project."""
        return self.ask(method, f"{self._project}/{path}", body)

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """The rows of a query or script that ended well, values as REST's texts."""
        given = {"query": sql, "useLegacySql": False, "timeoutMs": 200_000, "maxResults": 100_000}
        answer = self.ask("POST", f"{self._project}/queries", given)
        assert answer["jobComplete"] and not answer.get("errors"), answer
        return [tuple(cell["v"] for cell in row["f"]) for row in answer.get("rows", [])]

    def load(self, dataset: str, table: str, rows: Sequence[dict[str, Any]], **load: Any) -> None:
        """A load job of newline-delimited JSON that ended well."""
        target = {"projectId": SETTINGS.project, "datasetId": dataset, "tableId": table}
        configuration = {"load": {"destinationTable": target, "sourceFormat": "NEWLINE_DELIMITED_JSON", **load}}
        parts = [json.dumps({"configuration": configuration}), "\n".join(json.dumps(row) for row in rows)]
        body = "".join(f"--part\r\nContent-Type: application/json\r\n\r\n{part}\r\n" for part in parts) + "--part--"
        path = f"/upload{self._project}/jobs?uploadType=multipart"
        job = self.ask("POST", path, body.encode(), 'multipart/related; boundary="part"')
        while job["status"]["state"] != "DONE":
            job = self.resource("GET", f"jobs/{job['jobReference']['jobId']}")
        assert "errorResult" not in job["status"], job["status"]
