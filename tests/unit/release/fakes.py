"""A Google that a test writes down: REST answers by method and path, nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from infra.rest import GOOGLE, Rest


@dataclass
class Answer:
    status_code: int
    body: Any = None

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else self.text.encode()


@dataclass
class Google:
    """Answers what `answers` holds under "METHOD service/path" (with ?pageToken=...), and 404 to everything else."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **about: Any) -> Answer:
        service, base = next((name, base) for name, base in GOOGLE.items() if url.startswith(base))
        path = f"{method} {service}/{url.removeprefix(base)}"
        query = about.get("params") or {}
        for name in ("pageToken", "alt", "ifGenerationMatch"):
            path += f"?{name}={query[name]}" if query.get(name) else ""
        self.asked.append(path)
        found = self.answers.get(path)
        if isinstance(found, list):
            found = found.pop(0)
        return found if isinstance(found, Answer) else Answer(404 if found is None else 200, found)

    @property
    def rest(self) -> Rest:
        return Rest(self, GOOGLE, pause_seconds=0.0)
