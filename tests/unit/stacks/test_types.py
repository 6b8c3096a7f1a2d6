"""GoogleSQL as the stacks write it down, and what they refuse rather than declare by half."""

from __future__ import annotations

from typing import Any

import pytest

from infra.catalog.deployed import Deployed, read_deployed
from infra.errors import InfraError
from infra.stacks.types import standard_table_type, standard_type
from infra.stacks.warehouse import description_of, partitioning, requires_partition_filter, schema
from infra.syntax import script as tree
from sql import SqlSettings

HERE = SqlSettings(project="project-a", dataset="d")


def read(text: str, name: str = "tables/t") -> Deployed:
    return read_deployed({name: text}, HERE)[name]


def table(columns: str, rest: str = "") -> tree.CreateTable:
    found = read(f"CREATE TABLE IF NOT EXISTS `project-a.d.t` ({columns}) {rest};").definition
    assert isinstance(found, tree.CreateTable)
    return found


def test_a_column_as_tables_get_shows_it() -> None:
    columns = (
        "a INT64 NOT NULL OPTIONS (description = 'It\\'s'), b FLOAT64 DEFAULT 1.5, c ARRAY<BOOL>, "
        "d STRUCT<x STRING, y ARRAY<STRUCT<z NUMERIC>>>, e JSON"
    )
    assert schema(table(columns)) == [
        {"name": "a", "type": "INTEGER", "mode": "REQUIRED", "description": "It's"},
        {"name": "b", "type": "FLOAT", "mode": "NULLABLE", "defaultValueExpression": "1.5"},
        {"name": "c", "type": "BOOLEAN", "mode": "REPEATED"},
        {
            "name": "d",
            "type": "RECORD",
            "mode": "NULLABLE",
            "fields": [
                {"name": "x", "type": "STRING", "mode": "NULLABLE"},
                {
                    "name": "y",
                    "type": "RECORD",
                    "mode": "REPEATED",
                    "fields": [{"name": "z", "type": "NUMERIC", "mode": "NULLABLE"}],
                },
            ],
        },
        {"name": "e", "type": "JSON", "mode": "NULLABLE"},
    ]


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("", None),
        ("PARTITION BY DATE(sent_at)", ("DAY", "sent_at")),
        ("PARTITION BY DATE(`at`)", ("DAY", "at")),
        ("PARTITION BY day", ("DAY", "day")),
        ("PARTITION BY TIMESTAMP_TRUNC(sent_at, HOUR)", ("HOUR", "sent_at")),
        ("PARTITION BY DATE_TRUNC(day, MONTH)", ("MONTH", "day")),
    ],
)
def test_a_partition_is_a_unit_of_a_column(clause: str, found: Any) -> None:
    assert partitioning(table("`at` TIMESTAMP, sent_at TIMESTAMP, day DATE", clause)) == found


def test_a_required_filter_is_read_from_the_options() -> None:
    assert not requires_partition_filter(table("day DATE", "PARTITION BY day"))
    asked = "PARTITION BY day OPTIONS (require_partition_filter = {})"
    assert requires_partition_filter(table("day DATE", asked.format("TRUE")))
    assert not requires_partition_filter(table("day DATE", asked.format("FALSE")))


@pytest.mark.parametrize(
    ("columns", "rest", "named"),
    [
        ("a STRING(10)", "", "a type with parameters"),
        ("a NUMERIC(10, 2)", "", "a type with parameters"),
        ("a STRUCT<STRING>", "", "every field needs a name"),
        ("a STRING OPTIONS (rounding_mode = 'x')", "", "rounding_mode"),
        ("a STRING PRIMARY KEY NOT ENFORCED", "", "primary key"),
        ("a STRING", "OPTIONS (expiration_timestamp = NULL)", "expiration_timestamp"),
    ],
)
def test_what_no_stack_declares_is_refused_by_name(columns: str, rest: str, named: str) -> None:
    with pytest.raises(InfraError, match=named):
        schema(table(columns, rest))


def test_a_partition_by_number_is_refused_by_name() -> None:
    ranges = "PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 10, 1))"
    with pytest.raises(InfraError, match="RANGE_BUCKET"):
        partitioning(table("n INT64", ranges))


def test_types_of_routines() -> None:
    assert standard_type("ARRAY<STRUCT<a INT64>>") == {
        "typeKind": "ARRAY",
        "arrayElementType": {
            "typeKind": "STRUCT",
            "structType": {"fields": [{"name": "a", "type": {"typeKind": "INT64"}}]},
        },
    }
    assert standard_table_type("TABLE<a INT64, b ARRAY<STRING>>") == {
        "columns": [
            {"name": "a", "type": {"typeKind": "INT64"}},
            {"name": "b", "type": {"typeKind": "ARRAY", "arrayElementType": {"typeKind": "STRING"}}},
        ]
    }


def test_bodies_and_references() -> None:
    texts = {
        "tables/t": "CREATE TABLE IF NOT EXISTS `project-a.d.t` (a INT64);",
        "functions/f": "CREATE OR REPLACE FUNCTION `project-a.d.f`(x INT64) RETURNS INT64 AS ((SELECT x));",
        "procedures/p": "CREATE OR REPLACE PROCEDURE `project-a.d.p`() BEGIN SELECT `project-a.d.f`(a) FROM "
        "`project-a.d.t` WHERE s = '`project-a.d.v`'; -- `project-a.d.v`\nEND;",
        "views/v": "CREATE OR REPLACE VIEW `project-a.d.v` AS SELECT a FROM `project-a.d.t`;",
    }
    found = read_deployed(texts, HERE)
    assert {name: one.body for name, one in found.items()} == {
        "tables/t": "",
        "functions/f": "(SELECT x)",
        "procedures/p": texts["procedures/p"].partition("() ")[2].removesuffix(";"),
        "views/v": "SELECT a FROM `project-a.d.t`",
    }
    # A name in a string or a comment is no reference, and an object does not refer to itself.
    assert {name: tuple(one.references) for name, one in found.items()} == {
        "tables/t": (),
        "functions/f": (),
        "procedures/p": ("tables/t", "functions/f"),
        "views/v": ("tables/t",),
    }


@pytest.mark.parametrize("text", ["SELECT 1;", "CREATE TABLE t (a INT64); CREATE TABLE u (a INT64);", "CREATE TABLE ("])
def test_a_text_that_does_not_define_one_object_is_refused_by_name(text: str) -> None:
    with pytest.raises(InfraError, match=r"sql/tables/t\.sql"):
        read(text)


def test_a_statement_s_own_description_wins_over_the_sidecar() -> None:
    named = "tables/creators"
    plain = read("CREATE TABLE IF NOT EXISTS `project-a.d.creators` (a INT64);", named)
    assert description_of(plain) == "Every creator page the agency runs"
    own = "CREATE TABLE IF NOT EXISTS `project-a.d.creators` (a INT64) OPTIONS (description = 'mine');"
    assert description_of(read(own, named)) == "mine"
