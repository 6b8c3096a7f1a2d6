"""SQL as sqlglot reads it: where its nodes stand in the text, and what it cannot read."""

import pytest

from infra.syntax import ScriptSyntaxError
from infra.syntax.sql import exp, parse_expression, parse_sql, parse_type

TEXT = """WITH first AS (
  SELECT CURRENT_DATE AS a, @p AS b FROM t
)
SELECT
  CURRENT_DATE AS c,
  f.a + 1, CAST(@p AS DATE),
  (SELECT MAX(x) FROM u)
FROM first AS f
WHERE @p = RAND() AND TRUE"""


def test_nodes_stand_where_they_are_written() -> None:
    sql = parse_sql(TEXT)

    def lines(kind: type[exp.Expr]) -> list[int]:
        return sorted(TEXT.count("\n", 0, sql.offset(node)) + 1 for node in sql.tree.find_all(kind))

    assert lines(exp.CurrentDate) == [2, 5]
    assert lines(exp.Parameter) == [2, 6, 9]
    assert lines(exp.Rand) == [9]
    assert lines(exp.Column) == [6, 7]
    assert lines(exp.Max) == [7]
    assert lines(exp.Boolean) == [9]
    for column in sql.tree.find_all(exp.Column, exp.Rand, exp.Max):
        assert TEXT[sql.offset(column) :].upper().startswith(column.sql(dialect="bigquery").upper().split("(")[0])


def test_an_expression_s_offsets_are_its_own() -> None:
    sql = parse_expression("a + (SELECT b FROM t) + CURRENT_TIMESTAMP()")
    assert [sql.text[sql.offset(node)] for node in sql.tree.find_all(exp.Column)] == ["a", "b"]
    assert sql.text[sql.offset(sql.tree.find(exp.CurrentTimestamp)) :] == "CURRENT_TIMESTAMP()"
    assert sql.offset(sql.tree) == 0
    assert sql.tree.parent is None


@pytest.mark.parametrize(
    ("text", "offset"),
    [("SELECT a\nFROM WHERE", 14), ("SELECT (a", 8), ("SELECT 'a", 0), ("EXPLAIN SELECT 1", 0)],
)
def test_what_is_no_statement_is_refused_with_its_place(text: str, offset: int) -> None:
    with pytest.raises(ScriptSyntaxError) as caught:
        parse_sql(text)
    assert caught.value.offset == offset
    assert "<" not in caught.value.message


@pytest.mark.parametrize("text", ["a b c", "a, b", "a FROM t", "", "1 + +* 2"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ScriptSyntaxError):
        parse_expression(text)


def test_types() -> None:
    assert parse_type("ARRAY<STRUCT<a INT64>>").expressions[0].this is exp.DType.STRUCT
    with pytest.raises(ScriptSyntaxError, match="NO TYPE is not a type"):
        parse_type("NO TYPE")
