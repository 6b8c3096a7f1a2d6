import json

import pytest
from hypothesis import given

from infra.plan.columns import Kind, UnreadableSchema, compare_schemas, declaration, read_schema
from tests.plans import column, fields_of


def kinds(before, after):
    return [(one.path, one.kind) for one in compare_schemas(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (column("a"), column("a", mode="REQUIRED"), Kind.REQUIRED),
        (column("a", mode="REQUIRED"), column("a"), Kind.RELAXED),
        (column("a", mode="REPEATED"), column("a"), Kind.NARROWED),
        (column("a"), column("a", mode="REPEATED"), Kind.NARROWED),
        (column("a", "INT64"), column("a", "STRING"), Kind.NARROWED),
        (column("a", "INT64"), column("a", "NUMERIC"), Kind.WIDENED),
        (column("a", "NUMERIC"), column("a", "BIGNUMERIC"), Kind.WIDENED),
        # A FLOAT64 holds 53 bits: an id of 64 would be rounded.
        (column("a", "INT64"), column("a", "FLOAT64"), Kind.NARROWED),
        (column("a", "NUMERIC"), column("a", "INT64"), Kind.NARROWED),
        (column("a", "INT64"), column("a", "NUMERIC", precision="5"), Kind.NARROWED),
        (column("a", maxLength="10"), column("a", maxLength="9"), Kind.NARROWED),
        (column("a", maxLength="10"), column("a", maxLength="11"), Kind.WIDENED),
        (column("a"), column("a", maxLength="10"), Kind.NARROWED),
        (column("a", maxLength="10"), column("a"), Kind.WIDENED),
        (column("a", "STRING(10)"), column("a", "STRING(9)"), Kind.NARROWED),
        (column("a", "NUMERIC(10,2)"), column("a", "NUMERIC(10,3)"), Kind.NARROWED),  # 8 digits before the point -> 7
        (column("a", "NUMERIC(10,2)"), column("a", "NUMERIC(11,3)"), Kind.WIDENED),
        (column("a", "NUMERIC(10,2)"), column("a", "NUMERIC(11,1)"), Kind.NARROWED),
        (column("a", "NUMERIC(10,2)"), column("a", "NUMERIC"), Kind.WIDENED),
        (column("a", "NUMERIC"), column("a", "NUMERIC(38,9)"), Kind.NARROWED),
        (column("a", description="x"), column("a", description="y"), Kind.DESCRIBED),
        (column("a", defaultValueExpression="1"), column("a"), Kind.CHANGED),
    ],
)
def test_every_kind_of_difference_is_told(before, after, kind):
    assert kinds([before], [after]) == [("a", kind)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (column("a", "INTEGER"), column("a", "INT64")),
        (column("a", "BOOLEAN"), column("a", "BOOL")),
        (column("a", "FLOAT"), column("a", "FLOAT64")),
        (column("r", "RECORD", fields=[column("x")]), column("r", "STRUCT", fields=[column("x")])),
        ({"name": "a", "type": "STRING"}, column("a")),
        (column("a", description=""), column("a")),
        (column("Name"), column("name")),
        (column("a", "STRING(10)"), column("a", maxLength=10)),
    ],
)
def test_other_spellings_of_the_same_are_no_difference(before, after):
    assert kinds([before], [after]) == []


def test_columns_are_lost_and_added_inside_records_too():
    before = [column("r", "RECORD", fields=[column("x"), column("deep", "RECORD", fields=[column("y"), column("z")])])]
    after = [
        column(
            "r",
            "RECORD",
            fields=[column("x"), column("deep", "RECORD", fields=[column("z"), column("w", mode="REQUIRED")])],
        )
    ]
    assert kinds(before, after) == [("r.deep.y", Kind.LOST), ("r.deep.w", Kind.ADDED_REQUIRED)]


def test_a_record_that_becomes_something_else_loses_its_fields():
    before, after = [column("r", "RECORD", fields=[column("x")])], [column("r", "JSON")]
    assert kinds(before, after) == [("r", Kind.NARROWED), ("r.x", Kind.LOST)]


def test_losses_come_first():
    before = [column("a", description="old"), column("b")]
    after = [column("new"), column("a", description="new")]
    assert kinds(before, after) == [("b", Kind.LOST), ("a", Kind.DESCRIBED), ("new", Kind.ADDED)]


def test_another_order_of_columns_is_no_difference():
    assert kinds([column("a"), column("b")], [column("b"), column("a")]) == []


def test_a_declaration_reads_as_in_create_table():
    inner = [column("x", "INTEGER", "REQUIRED"), column("y", mode="REPEATED")]
    assert declaration(column("r", "RECORD", "REPEATED", fields=inner)) == "ARRAY<STRUCT<x INT64, y ARRAY<STRING>>>"
    assert declaration(column("a", "NUMERIC", "REQUIRED", precision="10", scale="2")) == "NUMERIC(10, 2) NOT NULL"


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        '"a"',
        "3",
        '[{"type": "STRING"}]',
        '[{"name": 1, "type": "STRING"}]',
        '[{"name": "a", "type": "RECORD", "fields": 3}]',
    ],
)
def test_what_is_no_schema_is_not_taken_for_an_empty_one(wrong):
    with pytest.raises(UnreadableSchema):
        read_schema(wrong)


def test_no_schema_has_no_fields():
    assert read_schema(None) == read_schema("") == ()


@given(fields_of(2))
def test_a_schema_does_not_differ_from_itself_written_again(fields):
    assert compare_schemas(read_schema(json.dumps(fields)), read_schema(json.dumps(fields[::-1]))) == []


@given(fields_of(2), fields_of(2))
def test_what_one_way_adds_the_other_way_loses(before, after):
    there, back = compare_schemas(before, after), compare_schemas(after, before)
    added = {one.path for one in there if one.kind in (Kind.ADDED, Kind.ADDED_REQUIRED)}
    assert added == {one.path for one in back if one.kind is Kind.LOST}
