"""formatOptions.useInt64Timestamp, both ways, through every door that answers rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.rest.conftest import Call

# 2026-03-08 09:59:59.123456 UTC is 1,772,963,999.123456 seconds after 1970.
MICROS, SECONDS = "1772963999123456", "1.772963999123456E9"
AT = "TIMESTAMP '2026-03-08 09:59:59.123456+00'"


def _values(row: dict[str, Any]) -> list[str]:
    """The timestamps of a row `at, [at], STRUCT(at), [STRUCT([at])]`."""
    plain, listed, single, deep = (cell["v"] for cell in row["f"])
    return [plain, listed[0]["v"], single["f"][0]["v"], deep[0]["v"]["f"][0]["v"][0]["v"]]


@pytest.mark.covers(
    "REST", "Timestamps travel as microseconds with useInt64Timestamp and as seconds without, in arrays and structs too"
)
def test_timestamps_travel_both_ways(client: Any, call: Call, dataset: str) -> None:
    query = f"SELECT {AT} AS a, [{AT}] AS b, STRUCT({AT} AS x) AS c, [STRUCT([{AT}] AS y)] AS d"
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS {query}")
    for wanted, text in ((True, MICROS), (False, SECONDS)):
        given = {"query": query, "useLegacySql": False, "formatOptions": {"useInt64Timestamp": wanted}}
        _, answer = call("POST", "/queries", given)
        assert _values(answer["rows"][0]) == [text] * 4
        flag = f"formatOptions.useInt64Timestamp={str(wanted).lower()}"
        _, results = call("GET", f"/queries/{answer['jobReference']['jobId']}?{flag}")
        assert _values(results["rows"][0]) == [text] * 4
        _, listed = call("GET", f"/datasets/{dataset}/tables/t/data?{flag}")
        assert _values(listed["rows"][0]) == [text] * 4
