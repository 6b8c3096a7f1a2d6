"""formatOptions.useInt64Timestamp both ways, and timestampOutputFormat, through every door that answers rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.rest.conftest import Call

# 2026-03-08 09:59:59.123456 UTC is 1,772,963,999.123456 seconds after 1970.
MICROS, SECONDS = "1772963999123456", "1.772963999123456E9"
TEXT = "2026-03-08T09:59:59.123456000000Z"
AT = "TIMESTAMP '2026-03-08 09:59:59.123456+00'"


def _values(row: dict[str, Any]) -> list[str]:
    """The timestamps of a row `at, [at], STRUCT(at), [STRUCT([at])]`."""
    plain, listed, single, deep = (cell["v"] for cell in row["f"])
    return [plain, listed[0]["v"], single["f"][0]["v"], deep[0]["v"]["f"][0]["v"][0]["v"]]


@pytest.mark.covers(
    "REST", "Timestamps travel as microseconds with useInt64Timestamp and as seconds without, in arrays and structs too"
)
def test_timestamps_travel_both_ways(client: Any, call: Call, dataset: str) -> None:
    for wanted, text in ((True, MICROS), (False, SECONDS)):
        _assert_at_every_door(client, call, dataset, "useInt64Timestamp", wanted, text)


@pytest.mark.covers(
    "REST",
    "timestampOutputFormat FLOAT64, INT64 and ISO8601_STRING choose as well",
    differs="the text has twelve digits after the point, as in the reference of the API; it was not seen on BigQuery",
)
def test_the_format_of_timestamps_is_chosen_by_name(client: Any, call: Call, dataset: str) -> None:
    for wanted, text in (("ISO8601_STRING", TEXT), ("INT64", MICROS), ("FLOAT64", SECONDS)):
        _assert_at_every_door(client, call, dataset, "timestampOutputFormat", wanted, text)


def test_an_unknown_format_and_two_formats_at_once_are_refused(call: Call, dataset: str) -> None:
    for options, problem in (
        ({"timestampOutputFormat": "ISO"}, "timestampOutputFormat: ISO"),
        ({"timestampOutputFormat": "ISO8601_STRING", "useInt64Timestamp": True}, "Cannot specify both"),
    ):
        given = {"query": "SELECT 1", "useLegacySql": False, "formatOptions": options}
        status, answer = call("POST", "/queries", given)
        assert (status, answer["error"]["errors"][0]["reason"]) == (400, "invalid")
        assert problem in answer["error"]["message"]


def _assert_at_every_door(client: Any, call: Call, dataset: str, option: str, wanted: bool | str, text: str) -> None:
    query = f"SELECT {AT} AS a, [{AT}] AS b, STRUCT({AT} AS x) AS c, [STRUCT([{AT}] AS y)] AS d"
    client.query_and_wait(f"CREATE TABLE IF NOT EXISTS `{dataset}.t` AS {query}")
    given = {"query": query, "useLegacySql": False, "formatOptions": {option: wanted}}
    _, answer = call("POST", "/queries", given)
    assert _values(answer["rows"][0]) == [text] * 4
    flag = f"formatOptions.{option}={str(wanted).lower() if isinstance(wanted, bool) else wanted}"
    _, results = call("GET", f"/queries/{answer['jobReference']['jobId']}?{flag}")
    assert _values(results["rows"][0]) == [text] * 4
    _, listed = call("GET", f"/datasets/{dataset}/tables/t/data?{flag}")
    assert _values(listed["rows"][0]) == [text] * 4
