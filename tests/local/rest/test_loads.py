"""Load jobs and streamed rows through the real client."""

from __future__ import annotations

import http.client
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery
from google.cloud.bigquery import LoadJobConfig, SchemaField

from infra.local.rest.errors import RestError
from infra.local.rest.loads import _json_rows
from infra.local.rest.pending_uploads import Uploads
from tests.local.rest.conftest import Call

SCHEMA = [
    SchemaField("page_name", "STRING", mode="REQUIRED"),
    SchemaField("sent", "INTEGER"),
    SchemaField("price", "NUMERIC"),
    SchemaField("at", "TIMESTAMP"),
    SchemaField("day", "DATE"),
    SchemaField("tags", "STRING", mode="REPEATED"),
    SchemaField("doc", "JSON"),
]
ROW = {
    "page_name": "a \u2028 line",
    "sent": "12",
    "price": "9.99",
    "at": "2026-03-08T01:59:59.123456-08:00",
    "day": "2026-03-08",
    "tags": ["x", "y"],
    "doc": {"k": [1, None]},
}


def rows_of(client: Any, table: str, order: str = "1") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query_and_wait(f"SELECT * FROM `{table}` ORDER BY {order}")]


def load_json(client: Any, table: str, rows: list[dict[str, Any]], **config: Any) -> Any:
    job = client.load_table_from_json(rows, table, job_config=LoadJobConfig(**config))
    return job.result()


def load_csv(client: Any, table: str, text: str, **config: Any) -> Any:
    settings = LoadJobConfig(source_format="CSV", **config)
    return client.load_table_from_file(io.BytesIO(text.encode()), table, job_config=settings).result()


@pytest.mark.covers("REST", "Load jobs are uploaded, in one request or in chunks: newline-delimited JSON and CSV")
def test_json_rows_arrive_whole(client: Any, dataset: str) -> None:
    table = f"{dataset}.t"
    job = load_json(client, table, [ROW, {"page_name": "b"}], schema=SCHEMA)
    assert (job.output_rows, job.state) == (2, "DONE")
    at = datetime(2026, 3, 8, 9, 59, 59, 123456, tzinfo=UTC)
    assert rows_of(client, table) == [
        ("a \u2028 line", 12, Decimal("9.99"), at, date(2026, 3, 8), ["x", "y"], {"k": [1, None]}),
        ("b", None, None, None, None, [], None),
    ]
    assert [field.name for field in client.get_table(table).schema] == [field.name for field in SCHEMA]


def test_a_file_of_unknown_size_is_uploaded_in_chunks(client: Any, dataset: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 256 * 1024)
    text = "\n".join(json.dumps({"n": n, "s": "x" * 40}) for n in range(20_000))
    config = LoadJobConfig(
        source_format="NEWLINE_DELIMITED_JSON",
        schema=[SchemaField("n", "INTEGER"), SchemaField("s", "STRING")],
        labels={"system": "eros"},
    )
    job = client.load_table_from_file(io.BytesIO(text.encode()), f"{dataset}.t", job_config=config)
    assert job.result().output_rows == 20_000
    assert client.get_job(job.job_id).labels == {"system": "eros"}
    assert rows_of(client, f"{dataset}.t", "n DESC")[0] == (19_999, "x" * 40)


@pytest.mark.covers("REST", "Load jobs know createDisposition and writeDisposition")
def test_dispositions(client: Any, dataset: str) -> None:
    table = f"{dataset}.t"
    schema = [SchemaField("n", "INTEGER")]
    load_json(client, table, [{"n": 1}], schema=schema)
    load_json(client, table, [{"n": 2}])
    assert rows_of(client, table) == [(1,), (2,)]
    load_json(client, table, [{"n": 3}], schema=schema, write_disposition="WRITE_TRUNCATE")
    assert rows_of(client, table) == [(3,)]
    with pytest.raises(api.Conflict, match="Already Exists: Table"):
        load_json(client, table, [{"n": 4}], schema=schema, write_disposition="WRITE_EMPTY")
    with pytest.raises(api.NotFound, match="Not found: Table"):
        load_json(client, f"{dataset}.none", [{"n": 4}], schema=schema, create_disposition="CREATE_NEVER")
    with pytest.raises(api.NotFound, match="Not found: Dataset"):
        load_json(client, "nowhere.t", [{"n": 4}], schema=schema)
    assert rows_of(client, table) == [(3,)]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"page_name": "b", "sent": "many"}, "sent"),
        ({"page_name": "b", "sent": 1.5}, "sent"),
        ({"sent": 1}, "page_name"),
        ({"page_name": "b", "prize": 1}, "prize"),
        ({"page_name": "b", "at": "yesterday"}, "at"),
        ({"page_name": "b", "tags": "x"}, "tags"),
        ({"page_name": "b", "price": "0.0000000001"}, "price"),
    ],
)
@pytest.mark.covers(
    "REST", "One bad row keeps its whole file out, and is named with its field", differs="the words are ours"
)
def test_one_bad_row_keeps_the_whole_file_out(client: Any, dataset: str, bad: dict[str, Any], text: str) -> None:
    table = f"{dataset}.t"
    load_json(client, table, [ROW], schema=SCHEMA)
    with pytest.raises(api.BadRequest, match=f"row 2.*{text}"):
        load_json(client, table, [{"page_name": "ok"}, bad], schema=SCHEMA, write_disposition="WRITE_TRUNCATE")
    assert len(rows_of(client, table)) == 1


@pytest.mark.covers("REST", "ignoreUnknownValues leaves out what the schema does not name")
def test_unknown_values_can_be_ignored(client: Any, dataset: str) -> None:
    schema = [SchemaField("n", "INTEGER")]
    load_json(client, f"{dataset}.t", [{"n": 1, "m": 2}], schema=schema, ignore_unknown_values=True)
    assert rows_of(client, f"{dataset}.t") == [(1,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"n": 1}\n{"n": 1,}\n', "line 2: Failed to parse JSON"),
        (b'{"n": 1}\n[1]\n', "line 2"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_that_is_no_json_is_refused(client: Any, dataset: str, text: bytes, message: str) -> None:
    config = LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", schema=[SchemaField("n", "INTEGER")])
    job = client.load_table_from_file(io.BytesIO(text), f"{dataset}.t", job_config=config)
    with pytest.raises(api.BadRequest, match=message):
        job.result()


@pytest.mark.covers("REST", "CSV: quotes, line breaks inside them, an empty field is NULL and a quoted one empty text")
def test_csv_tells_nothing_from_empty(client: Any, dataset: str) -> None:
    schema = [SchemaField("n", "INTEGER"), SchemaField("s", "STRING"), SchemaField("b", "BOOLEAN")]
    text = 'n,s,b\r\n1,"he said ""hi"", twice",true\n2,,\n3,"",FALSE\n4,"two\nlines",true'
    load_csv(client, f"{dataset}.t", text, schema=schema, skip_leading_rows=1, allow_quoted_newlines=True)
    assert rows_of(client, f"{dataset}.t") == [
        (1, 'he said "hi", twice', True),
        (2, None, None),
        (3, "", False),
        (4, "two\nlines", True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('1,"a', "line 1: Missing close quote"),
        ('1,a\n2,"b"c\n', "line 2: Data between close quote"),
        ("1,a\n2\n", "line 2: Too few values"),
        ("1,a,b\n", "line 1: Too many values"),
        ('1,"two\nlines"\n', "allowQuotedNewlines"),
        ("1.5,a\n", "row 1, field n"),
    ],
)
def test_csv_that_does_not_fit_is_refused_with_its_line(client: Any, dataset: str, text: str, message: str) -> None:
    schema = [SchemaField("n", "INTEGER"), SchemaField("s", "STRING")]
    with pytest.raises(api.BadRequest, match=message):
        load_csv(client, f"{dataset}.t", text, schema=schema)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"autodetect": True}, "autodetect"),
        ({"schema_update_options": ["ALLOW_FIELD_ADDITION"]}, "schemaUpdateOptions"),
        ({"max_bad_records": 3}, "maxBadRecords"),
        ({"source_format": "PARQUET"}, "sourceFormat=PARQUET"),
        ({"encoding": "ISO-8859-1"}, "encoding=ISO-8859-1"),
        ({"allow_jagged_rows": True}, "allowJaggedRows"),
    ],
)
@pytest.mark.covers(
    "REST",
    "Load jobs: autodetect, maxBadRecords, schemaUpdateOptions, jagged rows, other formats and encodings",
    refused=True,
)
def test_what_is_not_done_is_refused_by_name(client: Any, dataset: str, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(api.GoogleAPICallError, match=f"{named} is not supported by the local cloud"):
        client.load_table_from_file(io.BytesIO(b""), f"{dataset}.t", job_config=LoadJobConfig(**settings))


@pytest.mark.covers("REST", "A load whose schema contradicts the table's is 400")
def test_a_schema_that_contradicts_the_table_is_refused(client: Any, dataset: str) -> None:
    table = f"{dataset}.t"
    load_json(client, table, [{"n": 1}], schema=[SchemaField("n", "INTEGER")])
    with pytest.raises(api.BadRequest, match="Provided Schema does not match Table"):
        load_json(client, table, [{"n": "1"}], schema=[SchemaField("n", "STRING")])
    with pytest.raises(api.MethodNotImplemented, match="WRITE_TRUNCATE with another schema"):
        load_json(client, table, [{"m": 1}], schema=[SchemaField("m", "STRING")], write_disposition="WRITE_TRUNCATE")
    with pytest.raises(api.BadRequest, match="No schema specified"):
        config = LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
        client.load_table_from_file(io.BytesIO(b'{"n": 1}'), f"{dataset}.new", job_config=config).result()


@pytest.mark.covers(
    "REST",
    "insertAll: one bad row stops all, unless skipInvalidRows; ignoreUnknownValues",
)
def test_streamed_rows(client: Any, dataset: str) -> None:
    table = client.create_table(bigquery.Table(f"{client.project}.{dataset}.t", schema=SCHEMA))
    ids = bigquery.AutoRowIDs.GENERATE_UUID
    assert client.insert_rows_json(table, [ROW, {"page_name": "b"}], row_ids=ids) == []
    assert len(rows_of(client, f"{dataset}.t")) == 2
    rows = [{"page_name": "c"}, {"page_name": "d", "sent": "many"}, {"sent": 1}, {"page_name": "e", "prize": 2}]
    problems = client.insert_rows_json(table, rows, row_ids=ids)
    assert [(problem["index"], problem["errors"][0]["reason"]) for problem in problems] == [
        (0, "stopped"),
        (1, "invalid"),
        (2, "invalid"),
        (3, "invalid"),
    ]
    assert [problem["errors"][0]["location"] for problem in problems] == ["", "sent", "page_name", "prize"]
    assert len(rows_of(client, f"{dataset}.t")) == 2
    skipped = client.insert_rows_json(table, rows, row_ids=ids, skip_invalid_rows=True, ignore_unknown_values=True)
    assert [problem["index"] for problem in skipped] == [1, 2]
    assert len(rows_of(client, f"{dataset}.t")) == 4


@pytest.mark.covers("REST", "tabledata.list: pages, startIndex, maxResults, selectedFields")
def test_rows_are_listed_in_pages(client: Any, dataset: str) -> None:
    table = f"{dataset}.t"
    load_json(client, table, [{**ROW, "page_name": f"p{n}", "sent": n} for n in range(25)], schema=SCHEMA)
    rows = client.list_rows(table, page_size=10)
    assert [len(list(page)) for page in rows.pages] == [10, 10, 5]
    assert [row.sent for row in client.list_rows(table, start_index=20)] == [20, 21, 22, 23, 24]
    assert [row.sent for row in client.list_rows(table, max_results=3)] == [0, 1, 2]
    picked = client.list_rows(table, selected_fields=[SCHEMA[1], SCHEMA[5]], max_results=1)
    assert [dict(row.items()) for row in picked] == [{"sent": 0, "tags": ["x", "y"]}]


@pytest.mark.covers("REST", "An upload that is not whole, or is not known, is 400 or 404")
def test_an_upload_must_be_whole(call: Call, rest_cloud: Any) -> None:
    base = f"{rest_cloud.url}/upload/bigquery/v2/projects/{rest_cloud.settings.project}/jobs"
    status, body = call("POST", f"{base}?uploadType=multipart", b"--x\r\n\r\n{}", {"Content-Type": "multipart/related"})
    assert (status, body["error"]["errors"][0]["location"]) == (400, "Content-Type")
    status, body = call(
        "POST", f"{base}?uploadType=multipart", b"--x\r\nno end", {"Content-Type": "multipart/related; boundary=x"}
    )
    assert status == 400
    status, body = call("PUT", f"{base}?uploadType=resumable&upload_id=none", b"x", {"Content-Range": "bytes 0-0/1"})
    assert status == 404


def test_a_chunk_must_continue_where_the_last_one_ended(rest_cloud: Any) -> None:
    path = f"/upload/bigquery/v2/projects/{rest_cloud.settings.project}/jobs?uploadType=resumable"
    connection = http.client.HTTPConnection(rest_cloud.url.removeprefix("http://"), timeout=30)

    def send(method: str, url: str, body: bytes, content_range: str = "") -> Any:
        connection.request(method, url, body, {"Content-Range": content_range} if content_range else {})
        answer = connection.getresponse()
        answer.read()
        return answer

    address = send("POST", path, b'{"configuration": {"load": {}}}').headers["Location"]
    first = send("PUT", address, b"x" * 10, "bytes 0-9/*")
    assert (first.status, first.headers["Range"]) == (308, "bytes=0-9")
    assert send("PUT", address, b"x" * 10, "bytes 5-14/*").status == 400
    asked = send("PUT", address, b"", "bytes */*")
    assert (asked.status, asked.headers["Range"]) == (308, "bytes=0-9")
    assert send("PUT", address, b"x").status == 400
    connection.close()


def test_rows_are_read_from_an_upload_as_they_are_needed() -> None:
    """A load may be larger than memory: behind the first row the file is still unread."""
    data = io.BytesIO(b'\xef\xbb\xbf{"n": 1}\n' + b'{"n": 2}\n' * 100_000 + b"[]\n")
    rows = _json_rows(data)
    assert next(rows) == {"n": 1}
    assert data.tell() < 100
    with pytest.raises(RestError, match="line 100002"):
        list(rows)


def test_what_arrived_of_an_upload_is_given_back_when_the_disk_takes_no_more(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload_id = uploads.begin({})
    pending = uploads.get(upload_id)
    pending.append(b"12345")
    pending.append(b"678")
    assert (pending.size, pending.whole().read()) == (8, b"12345678")
    uploads.give_up(upload_id)
    assert pending.data.closed
    with pytest.raises(RestError, match="Not found"):
        uploads.get(upload_id)
    kept = [uploads.get(uploads.begin({})) for _ in range(101)]
    assert [one.data.closed for one in kept] == [True, *[False] * 100], "the oldest goes when there are too many"
    uploads.close()
    assert all(one.data.closed for one in kept)
