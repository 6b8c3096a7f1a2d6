"""Snapshots of the state tables, by the real client on the local cloud."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from infra.errors import InfraError
from infra.release import backups
from infra.release.backups import KEPT_DAYS, SOURCE_TABLES, STATE_TABLES, back_up, make_place
from sql import names
from tests.conftest import NOW

LABELS = {"system": "eros"}


def nothing(_: str) -> None: ...


@pytest.fixture
def place(warehouse: Any) -> Any:
    name = f"{warehouse.settings.dataset}_backups"
    yield name
    warehouse.client.delete_dataset(name, delete_contents=True, not_found_ok=True)


def test_every_table_is_either_kept_or_comes_back_from_the_files_it_came_from() -> None:
    every = {name.rpartition("/")[2] for name in names("tables")}
    assert set(STATE_TABLES) | set(SOURCE_TABLES) == every
    assert set(STATE_TABLES) & set(SOURCE_TABLES) == set()


def test_all_state_tables_are_kept_as_of_one_instant_and_for_a_while(warehouse: Any, place: str) -> None:
    warehouse.insert("feature_flags", [{"flag": "stop", "is_enabled": True, "updated_at": NOW.isoformat()}])
    told: list[str] = []
    made = back_up(warehouse.client, warehouse.settings, place, LABELS, told.append)
    assert set(made.tables) == set(STATE_TABLES) and sorted(made.tables.values()) == sorted(told)
    assert made.instant == NOW.isoformat()
    kept = {table: warehouse.client.get_table(name) for table, name in made.tables.items()}
    assert {one.table_type for one in kept.values()} == {"SNAPSHOT"}
    assert {one.snapshot_definition.snapshot_time for one in kept.values()} == {NOW}
    assert {one.expires for one in kept.values()} == {NOW + timedelta(days=KEPT_DAYS)}
    assert (kept["feature_flags"].num_rows, kept["creator_lock"].num_rows) == (1, 1)
    assert warehouse.client.get_dataset(place).labels == LABELS
    again = back_up(warehouse.client, warehouse.settings, place, LABELS, nothing)
    assert not set(again.tables.values()) & set(made.tables.values())


def test_without_state_nothing_is_made(warehouse: Any, place: str) -> None:
    nowhere = type(warehouse.settings)(warehouse.settings.project, "eros_nowhere", "US")
    assert back_up(warehouse.client, nowhere, place, LABELS, nothing).tables == {}
    make_place(warehouse.client, nowhere, place, LABELS)
    assert place not in [one.dataset_id for one in warehouse.client.list_datasets()]


def test_a_table_written_meanwhile_asks_for_a_later_instant_and_another_refusal_does_not(
    warehouse: Any, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = backups.run_statement

    def written_meanwhile(client: Any, name: str, text: str) -> Any:
        if name == "backups/instant":
            asked.append(name)
            if len(asked) == 1:
                return [{"instant": NOW - timedelta(days=1)}]
        return run(client, name, text)

    monkeypatch.setattr(backups, "run_statement", written_meanwhile)
    monkeypatch.setattr(backups, "_PAUSE_SECONDS", 0)
    assert back_up(warehouse.client, warehouse.settings, place, LABELS, nothing).instant == NOW.isoformat()
    assert len(asked) == 2

    def refuse(client: Any, name: str, text: str) -> Any:
        if name.startswith("backups/creator"):
            raise InfraError("no", why="quota")
        return run(client, name, text)

    monkeypatch.setattr(backups, "run_statement", refuse)
    with pytest.raises(InfraError, match="no"):
        back_up(warehouse.client, warehouse.settings, place, LABELS, nothing)
