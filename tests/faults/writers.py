"""Writers of every kind for the kill -9 test: each writes its numbers 1, 2, 3, ... so that a write is whole or absent.

`write(rest, n)` returns only when the server acknowledged; `found(rest)` gives the numbers that the warehouse shows,
and asserts that each is there whole. A `latest` writer replaces what it wrote before; the others add to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.raw_rest import Rest

WIDE = "REPEAT('a wide text ', 3000)"
"""36,000 characters: a few hundred pass DuckDB's checkpoint threshold of 16 MB, so that kills hit checkpoints too."""


@dataclass(frozen=True)
class Writer:
    """One kind of acknowledged write. `latest`: only the last number is to be seen."""

    name: str
    prepare: Callable[[Rest], object]
    write: Callable[[Rest, int], object]
    found: Callable[[Rest], set[int]]
    latest: bool = False


def _none(rest: Rest) -> None:
    """Nothing to prepare."""


def _counted(rest: Rest, table: str, rows_each: int) -> set[int]:
    """The numbers in a table, each of which must have all its rows."""
    counts = Counter(int(str(n)) for (n,) in rest.query(f"SELECT n FROM w.{table}"))
    assert set(counts.values()) <= {rows_each}, f"{table}: half a write: {counts}"
    return set(counts)


def _only(rows: Sequence[tuple[str | None, ...]]) -> set[int]:
    """The one number that all values of the rows are."""
    values = {int(str(value)) for row in rows for value in row}
    assert len(values) == 1, f"half a write: {rows}"
    return values


def _insert(rest: Rest, n: int) -> None:
    rest.query(f"INSERT INTO w.inserted (n, part, text) SELECT {n}, part, {WIDE} FROM UNNEST([1, 2, 3]) AS part")


def _delete(rest: Rest, n: int) -> None:
    rest.query(f"DELETE FROM w.deleted WHERE n = {n}")


def _deleted(rest: Rest) -> set[int]:
    left = Counter(int(str(n)) for (n,) in rest.query("SELECT n FROM w.deleted"))
    assert set(left.values()) <= {2}, f"half a DELETE: {left}"
    return set(range(1, 5001)) - set(left)


def _merge(rest: Rest, n: int) -> None:
    rest.query(
        f"""MERGE w.merged AS t USING (SELECT k, {n} AS n FROM UNNEST(GENERATE_ARRAY(1, 50)) AS k) AS s ON t.k = s.k
            WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (k, n) VALUES (s.k, s.n)"""
    )


def _transact(rest: Rest, n: int) -> None:
    rest.query(
        f"""BEGIN TRANSACTION; UPDATE w.first SET n = {n} WHERE TRUE; INSERT INTO w.second (n) VALUES ({n});
            DELETE FROM w.second WHERE n < {n}; COMMIT TRANSACTION;"""
    )


def _stream(rest: Rest, n: int) -> None:
    answer = rest.resource(
        "POST",
        "datasets/w/tables/streamed/insertAll",
        {"rows": [{"json": {"n": n, "part": part}} for part in range(4)]},
    )
    assert "insertErrors" not in answer, answer


def _load(rest: Rest, n: int) -> None:
    rest.load("w", "loaded", [{"n": n, "text": "loaded " * 20}] * 200)


def _reload(rest: Rest, n: int) -> None:
    rest.load("w", "reloaded", [{"n": n}] * 100, writeDisposition="WRITE_TRUNCATE")


def _load_new(rest: Rest, n: int) -> None:
    fields = [{"name": "n", "type": "INTEGER"}]
    rest.load("made", f"loaded_{n}", [{"n": n}] * 5, schema={"fields": fields})


def _create(rest: Rest, n: int) -> None:
    rest.query(f"CREATE TABLE made.queried_{n} AS SELECT {n} AS n FROM UNNEST([1, 2, 3, 4, 5])")


def _made(prefix: str) -> Callable[[Rest], set[int]]:
    """The numbers of the created tables: each that is listed must be readable, with all its rows."""

    def found(rest: Rest) -> set[int]:
        listed = rest.resource("GET", "datasets/made/tables?maxResults=10000").get("tables", [])
        names = [one["tableReference"]["tableId"] for one in listed]
        numbers = {int(name.removeprefix(prefix)) for name in names if name.startswith(prefix)}
        every = " UNION ALL ".join(
            f"SELECT {n} AS n, COUNT(*) AS c FROM made.{prefix}{n} WHERE n = {n}" for n in numbers
        )
        assert all(count == "5" for _, count in (rest.query(every) if numbers else [])), f"half a table {prefix}"
        return numbers

    return found


def _routines(rest: Rest, n: int) -> None:
    rest.query(f"CREATE OR REPLACE FUNCTION w.number() RETURNS INT64 AS ({n})")
    rest.query(f"CREATE OR REPLACE PROCEDURE w.tell(OUT n INT64) BEGIN SET n = {n}; END")


def _told(rest: Rest) -> set[int]:
    [(by_function, by_procedure)] = rest.query("DECLARE n INT64; CALL w.tell(n); SELECT w.number(), n;")
    # Two statements: the function may be one ahead.
    assert int(str(by_function)) - int(str(by_procedure)) in (0, 1)
    return {int(str(by_procedure))} if by_function == by_procedure else {int(str(by_procedure)), int(str(by_function))}


def _patch_dataset(rest: Rest, n: int) -> None:
    rest.resource("PATCH", "datasets/w", {"description": str(n), "labels": {"n": str(n)}})


def _dataset_patched(rest: Rest) -> set[int]:
    found = rest.resource("GET", "datasets/w")
    return _only([(found["description"], found["labels"]["n"])])


def _patch_table(rest: Rest, n: int) -> None:
    fields = [{"name": "n", "type": "INTEGER", "mode": "NULLABLE"}]
    fields += [{"name": f"c{i}", "type": "INTEGER", "mode": "NULLABLE"} for i in range(1, n // 10 + 1)]
    rest.resource("PATCH", "datasets/w/tables/patched", {"description": str(n), "schema": {"fields": fields}})


def _table_patched(rest: Rest) -> set[int]:
    found = rest.resource("GET", "datasets/w/tables/patched")
    names = [field["name"] for field in found["schema"]["fields"]]
    n = int(found["description"])
    assert names == ["n", *(f"c{i}" for i in range(1, n // 10 + 1))], f"half a patch: {n}, {names}"
    rest.query(f"SELECT {', '.join(names)} FROM w.patched")
    return {n}


def _patch_routine(rest: Rest, n: int) -> None:
    found = rest.resource("GET", "datasets/w/routines/kept")
    found.update(definitionBody=str(n), description=str(n))
    rest.resource("PUT", "datasets/w/routines/kept", found)


def _routine_patched(rest: Rest) -> set[int]:
    found = rest.resource("GET", "datasets/w/routines/kept")
    return _only([(found["description"], found["definitionBody"]), *rest.query("SELECT w.kept()")])


def _table(text: str) -> Callable[[Rest], object]:
    return lambda rest: rest.query(text)


WRITERS = (
    Writer(
        "INSERT",
        _table("CREATE TABLE w.inserted (n INT64, part INT64, text STRING)"),
        _insert,
        lambda rest: _counted(rest, "inserted", 3),
    ),
    Writer(
        "DELETE",
        _table("CREATE TABLE w.deleted AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS n, UNNEST([1, 2]) AS part"),
        _delete,
        _deleted,
    ),
    Writer(
        "MERGE",
        _table("CREATE TABLE w.merged (k INT64, n INT64)"),
        _merge,
        lambda rest: _only(rest.query("SELECT n FROM w.merged") or [("0",)]),
        latest=True,
    ),
    Writer(
        "transaction",
        _table("CREATE TABLE w.first AS SELECT 0 AS n; CREATE TABLE w.second AS SELECT 0 AS n;"),
        _transact,
        lambda rest: _only(rest.query("SELECT n FROM w.first UNION ALL SELECT n FROM w.second")),
        latest=True,
    ),
    Writer(
        "insertAll",
        _table("CREATE TABLE w.streamed (n INT64, part INT64)"),
        _stream,
        lambda rest: _counted(rest, "streamed", 4),
    ),
    Writer(
        "load, append",
        _table("CREATE TABLE w.loaded (n INT64, text STRING)"),
        _load,
        lambda rest: _counted(rest, "loaded", 200),
    ),
    Writer(
        "load, truncate",
        _table("CREATE TABLE w.reloaded AS SELECT 0 AS n"),
        _reload,
        lambda rest: _only(rest.query("SELECT n FROM w.reloaded")),
        latest=True,
    ),
    Writer("load, new table", _none, _load_new, _made("loaded_")),
    Writer("CREATE TABLE", _none, _create, _made("queried_")),
    Writer("CREATE ROUTINE", lambda rest: _routines(rest, 0), _routines, _told, latest=True),
    Writer("dataset PATCH", lambda rest: _patch_dataset(rest, 0), _patch_dataset, _dataset_patched, latest=True),
    Writer(
        "table PATCH",
        _table("CREATE TABLE w.patched (n INT64) OPTIONS (description = '0')"),
        _patch_table,
        _table_patched,
        latest=True,
    ),
    Writer(
        "routine PUT",
        _table("CREATE FUNCTION w.kept() RETURNS INT64 AS (0) OPTIONS (description = '0')"),
        _patch_routine,
        _routine_patched,
        latest=True,
    ),
)
"""BigQuery has no PATCH for routines: routines.update is a PUT."""
