"""What one of many clients does at once with the others; also `python -m` for a client in a process of its own."""

from __future__ import annotations

import json
import sys

from tests.faults.raw_rest import Rest

STEPS = 6
LOST_RACE = "Transaction is aborted due to concurrent update"
"""What BigQuery tells the transaction that lost; it is begun again. Any other error fails the test."""

TABLES = """
CREATE SCHEMA many;
CREATE TABLE many.counter AS SELECT 0 AS n;
CREATE TABLE many.account AS SELECT 0 AS n;
CREATE TABLE many.merged (k INT64, n INT64);
CREATE TABLE many.log (who INT64, step INT64);
CREATE PROCEDURE many.steps_of(p_who INT64, OUT found INT64)
BEGIN SET found = (SELECT COUNT(*) FROM many.log WHERE who = p_who AND step > 0); END;
"""


def work(url: str, who: int, clients: int) -> None:
    """Wait until all clients are there, then read, write and call; asserts that it sees its own writes."""
    rest = Rest(url)
    rest.query(f"INSERT INTO many.log (who, step) VALUES ({who}, 0)")
    while rest.query("SELECT COUNT(*) FROM many.log WHERE step = 0") != [(str(clients),)]:
        pass
    for step in range(1, STEPS + 1):
        rest.query("UPDATE many.counter SET n = n + 1 WHERE TRUE")
        rest.query(
            f"""MERGE many.merged AS t USING (SELECT {who} AS k) AS s ON t.k = s.k
                WHEN MATCHED THEN UPDATE SET n = t.n + 1 WHEN NOT MATCHED THEN INSERT (k, n) VALUES (s.k, 1)"""
        )
        while not _paid(rest):
            pass
        rest.query(f"INSERT INTO many.log (who, step) VALUES ({who}, {step})")
        assert rest.query(f"DECLARE found INT64; CALL many.steps_of({who}, found); SELECT found;") == [(str(step),)]


def _paid(rest: Rest) -> bool:
    """Whether the transaction went through."""
    try:
        rest.query("BEGIN TRANSACTION; UPDATE many.account SET n = n + 1 WHERE TRUE; COMMIT TRANSACTION;")
    except AssertionError as error:
        if LOST_RACE not in json.dumps(error.args[0]):
            raise
        return False
    return True


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
