"""The stage tables that the sidecars of the import's merges describe are those that the import makes."""

from __future__ import annotations

import pytest

from orchestrator.importers import tables
from orchestrator.importers.run import HOLIDAY_SCHEMA
from sql import names, sidecar

MADE = {
    "queries/upsert_creators": tables.CREATORS.load_schema(),
    "queries/upsert_captions": tables.CAPTIONS.load_schema(),
    "queries/upsert_messages": tables.MESSAGES.load_schema(),
    "queries/unknown_captions": tables.MESSAGES.load_schema(),
    "queries/upsert_holidays": HOLIDAY_SCHEMA,
}


@pytest.mark.parametrize("name", MADE)
def test_a_sidecar_describes_the_stage_table_that_is_made(name: str) -> None:
    assert dict(sidecar(name)["identifiers"]["stage"]) == {column: kind for column, kind, _ in MADE[name]}


def test_every_stage_table_is_made_by_the_import() -> None:
    assert {name for name in names("queries") if sidecar(name).get("identifiers")} == set(MADE)
