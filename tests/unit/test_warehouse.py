"""The door to BigQuery: typed parameters, what is tried again, what an error means to a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import AccessError, BudgetError, ConflictError, ErosError, RefusedError, UsageError
from orchestrator.warehouse import client as door
from orchestrator.warehouse.client import Warehouse
from orchestrator.warehouse.parameters import ParameterType, parse_type, to_parameters
from orchestrator.warehouse.retries import explained, is_conflict_abort
from sql import SqlSettings

ABORT = "Transaction is aborted due to concurrent update against table p:d.creator_lock."
SCALARS = st.sampled_from(["INT64", "STRING", "DATE", "TIMESTAMP", "NUMERIC", "FLOAT64", "BOOL"])


def test_types_are_read_as_sidecars_write_them() -> None:
    assert parse_type("int64") == ParameterType("INT64")
    assert parse_type("ARRAY<STRUCT<page_name STRING, n INT64>>") == ParameterType(
        "ARRAY",
        element=ParameterType("STRUCT", fields=(("page_name", ParameterType("STRING")), ("n", ParameterType("INT64")))),
    )


@pytest.mark.parametrize("text", ["", "ARRAY", "ARRAY<", "ARRAY<INT64", "INT64 INT64", "STRUCT<>", "INT64)", "a;b"])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_type(text)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SCALARS, min_size=1))
def test_any_struct_reads_back(fields: dict[str, str]) -> None:
    text = f"STRUCT<{', '.join(f'{name} {kind}' for name, kind in fields.items())}>"
    assert parse_type(text).fields == tuple((name, ParameterType(kind)) for name, kind in fields.items())


def test_names_and_values_must_pair_up() -> None:
    with pytest.raises(ValueError, match="missing \\['b'\\], unknown \\['c'\\]"):
        to_parameters({"a": "INT64", "b": "INT64"}, {"a": 1, "c": 2})


def test_an_empty_array_of_structs_keeps_its_type() -> None:
    (parameter,) = to_parameters({"rows": "ARRAY<STRUCT<name STRING, n INT64>>"}, {"rows": []})
    kind = parameter.to_api_repr()["parameterType"]
    assert [field["type"]["type"] for field in kind["arrayType"]["structTypes"]] == ["STRING", "INT64"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (api.BadRequest(ABORT), ConflictError),
        (api.BadRequest("Could not serialize access to table x due to concurrent update"), ConflictError),
        (api.BadRequest("Query exceeded limit for bytes billed: 1"), BudgetError),
        (api.Forbidden("Custom quota exceeded", errors=[{"reason": "quotaExceeded"}]), BudgetError),
        (api.Forbidden("Access Denied: Table x"), AccessError),
        (api.NotFound("Not found: Table x"), UsageError),
        (api.BadRequest("lock_schedules: cannot supersede"), RefusedError),
        (api.InternalServerError("boom"), ErosError),
        (api.RetryError("Timeout of 60.0s exceeded", ConnectionError("refused")), ErosError),
        (api.BadRequest('Could not write file "x": No space left on device'), ErosError),
        (auth.DefaultCredentialsError("none"), AccessError),
    ],
)
def test_every_failure_has_its_kind(error: Exception, kind: type[ErosError]) -> None:
    assert type(explained(error, job="x")) is kind


def test_only_conflict_aborts_are_worth_another_try() -> None:
    assert is_conflict_abort(api.BadRequest(ABORT))
    assert not is_conflict_abort(api.BadRequest("Syntax error"))
    assert not is_conflict_abort(api.InternalServerError(ABORT))


class _Job:
    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def result(self, **_: Any) -> Iterator[dict[str, Any]]:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return iter(self.outcome)


class _Client:
    """Gives one prepared answer per job; remembers the ids and the configurations."""

    def __init__(self, *answers: Any, lost: Any = None) -> None:
        self.answers = list(answers)
        self.lost = lost
        self.jobs: list[tuple[str, Any]] = []

    def query(self, text: str, *, job_config: Any, job_id: str, job_retry: Any, retry: Any) -> _Job:
        assert job_retry is None
        self.jobs.append((job_id, job_config))
        answer = self.answers.pop(0)
        if isinstance(answer, api.Conflict):
            raise answer
        return _Job(answer)

    def get_job(self, job_id: str) -> _Job:
        assert job_id == self.jobs[-1][0]
        return _Job(self.lost)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "wait_random_exponential", lambda **_: lambda state: 0)


def _ask(client: _Client) -> list[dict[str, Any]]:
    return Warehouse(client, SqlSettings()).call("update_caption_performance")


def test_a_conflict_abort_is_tried_again_under_a_new_id() -> None:
    client = _Client(api.BadRequest(ABORT), api.BadRequest(ABORT), [{"n": 1}])
    assert _ask(client) == [{"n": 1}]
    assert len({job_id for job_id, _ in client.jobs}) == 3


def test_anything_else_is_not_repeated() -> None:
    client = _Client(api.BadRequest("division by zero: 1 / 0"), [{"n": 1}])
    with pytest.raises(RefusedError, match="division by zero"):
        _ask(client)
    assert len(client.jobs) == 1


def test_a_job_whose_answer_was_lost_is_looked_up_not_run_again() -> None:
    client = _Client(api.Conflict("Already Exists: Job x"), lost=[{"n": 7}])
    assert _ask(client) == [{"n": 7}]
    assert len(client.jobs) == 1


@pytest.mark.parametrize(
    ("query", "gib", "seconds"), [("existing_schedules", 10, 120), ("unmatched_texts", 50, 300), (None, 50, 300)]
)
def test_every_job_is_capped_timed_and_labelled(query: str | None, gib: int, seconds: int) -> None:
    client = _Client([])
    if query:
        params = {"week_start": None, "page_names": []} if query == "existing_schedules" else {}
        Warehouse(client, SqlSettings()).query(query, params)
    else:
        _ask(client)
    (_, config), *_ = client.jobs
    assert config.maximum_bytes_billed == gib * 2**30
    assert int(config.job_timeout_ms) == seconds * 1000
    labels = {"system": "eros", "component": "orchestrator", "job": query or "update_caption_performance"}
    assert config.labels.items() >= labels.items()
    assert config.labels["release"]


@pytest.mark.parametrize("table", ["mass_messages", "stage_x", "stage_messages_0123456789ab; DROP"])
def test_only_stage_tables_are_loaded_and_dropped(table: str, tmp_path: Path) -> None:
    warehouse = Warehouse(_Client(), SqlSettings())
    with pytest.raises(UsageError, match="stage table"):
        warehouse.drop_stage(table)
    with pytest.raises(UsageError, match="stage table"):
        warehouse.load_file(table, tmp_path / "rows.ndjson", [])


def test_a_bytes_cap_ends_with_6(shared_warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the real client and the local cloud: the error that a too small cap gives is understood."""
    rows = [{"page_name": f"p{number}", "is_active": True} for number in range(3)]
    shared_warehouse.insert("creators", rows)
    monkeypatch.setattr(door, "_GIB", 1)
    with pytest.raises(BudgetError) as caught:
        shared_warehouse.warehouse.query("ensure_guard_rows", {"page_names": ["p1"]})
    assert caught.value.exit_code == 6


STAGE = "stage_messages_0123456789ab"
TEXTS = [("text", "STRING", "NULLABLE")]


def test_a_file_is_sent_piece_by_piece_and_loaded_whole(shared_warehouse: Any, tmp_path: Path) -> None:
    """An upload holds one piece in memory; the library's own pieces are 100 MiB."""
    path = tmp_path / "rows.ndjson"
    path.write_text('{"text": "' + "x" * 999_987 + '"}\n')
    path.write_text(path.read_text() * 20)
    size = path.stat().st_size
    assert size == 20 * 1_000_000
    sent: list[tuple[int, int]] = []
    loaded = shared_warehouse.warehouse.load_file(STAGE, path, TEXTS, lambda *counts: sent.append(counts))
    assert loaded == 20
    # 8 MiB are 8,388,608 bytes: two whole pieces and the rest, then perhaps an empty one
    assert [done for done, _ in sent][:3] == [8_388_608, 16_777_216, size]
    assert {total for _, total in sent} == {size}
    empty = tmp_path / "empty.ndjson"
    empty.touch()
    assert shared_warehouse.warehouse.load_file("stage_captions_0123456789ab", empty, TEXTS) == 0
    shared_warehouse.warehouse.drop_stage(STAGE)


def test_stages_of_imports_that_were_killed_go_after_a_day(
    shared_warehouse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = shared_warehouse.warehouse
    path = tmp_path / "rows.ndjson"
    path.write_text('{"text": "x"}\n')
    warehouse.load_file(STAGE, path, TEXTS)
    now = warehouse.now()
    assert warehouse.drop_abandoned_stages() == 0, "it may belong to an import that runs now"
    monkeypatch.setattr(Warehouse, "now", lambda self: now + timedelta(days=1, seconds=1))
    assert warehouse.drop_abandoned_stages() == 1
    assert warehouse.drop_abandoned_stages() == 0
    assert "creators" in [table.table_id for table in warehouse.client.list_tables(warehouse.settings.dataset)]
