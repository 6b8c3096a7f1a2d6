"""The script parser: the shapes of statements, and where errors are said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.syntax import ScriptSyntaxError, UnsupportedSyntaxError, identifier, parse_script
from infra.syntax import script as tree


def only(source: str) -> tree.Statement:
    statements = parse_script(source)
    assert len(statements) == 1, statements
    return statements[0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("IF 1 = 1 THEN SELECT 1;", "Expected keyword END but got end of script at [1:24]"),
        ("SELECT 1;\nEND", "Unexpected keyword END at [2:1]"),
        ("BEGIN SELECT 1 END", "Unexpected keyword END at [1:16]"),
        ("BREAK", "BREAK is only allowed inside of a loop body at [1:1]"),
        ("BEGIN CONTINUE; END", "CONTINUE is only allowed inside of a loop body at [1:7]"),
        ("a: LOOP BREAK b; END LOOP a", "Undefined label: b at [1:15]"),
        ("a: LOOP BREAK; END LOOP b", "Mismatched end label; expected a, got b at [1:25]"),
        ("SELECT 1; DECLARE x INT64;", "Variable declarations are allowed only at the start of a block or script"),
        ("SELECT 'abc", "Unclosed string literal at [1:8]"),
        ("SELECT `a", "Unclosed identifier literal at [1:8]"),
        ("SELECT 1 /* no end", "Unclosed comment at [1:10]"),
        ("SELECT (1", "Unexpected end of script at [1:10]"),
        ("SELECT 1)", 'Unexpected ")" at [1:9]'),
        ("SELECT 1 ~~ \\", 'Illegal input character "\\" at [1:13]'),
        ("FOO BAR", 'Unexpected identifier "FOO" at [1:1]'),
        ("SET x 1", 'Expected "=" but got "1" at [1:7]'),
        ("SET x = ;", 'Unexpected ";" at [1:9]'),
        ("CALL p(1,", "Unexpected end of script at [1:10]"),
        ("CREATE PROCEDURE p() SELECT 1", "Expected keyword BEGIN but got keyword SELECT at [1:22]"),
        ("CREATE TABLE t", 'Expected "(" or keyword AS but got end of script at [1:15]'),
        ("WHILE TRUE SELECT 1; END WHILE", "Unexpected"),
        ("REPEAT SELECT 1; END REPEAT", "Unexpected keyword END at [1:18]"),
        ("DECLARE at INT64", "Unexpected keyword AT; expected an identifier at [1:9]"),
        ("CREATE TABLE t (at DATE)", "Unexpected keyword AT; expected an identifier at [1:17]"),
        ("RAISE USING 'x'", "Expected keyword MESSAGE but got string literal 'x' at [1:13]"),
    ],
)
def test_syntax_errors_name_the_place(source: str, message: str) -> None:
    with pytest.raises(ScriptSyntaxError) as caught:
        parse_script(source)
    assert str(caught.value).startswith("Syntax error: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "CREATE FUNCTION d.f(x INT64) RETURNS INT64 LANGUAGE js AS 'return x'",
        "CREATE TABLE d.t LIKE d.u",
        "CREATE MATERIALIZED VIEW d.v AS SELECT 1",
        "ALTER TABLE d.t RENAME TO u",
        "CREATE TABLE d.t (a INT64, FOREIGN KEY (a) REFERENCES d.u(a) NOT ENFORCED)",
    ],
)
def test_what_the_local_cloud_lacks_is_refused_by_name(source: str) -> None:
    with pytest.raises(UnsupportedSyntaxError, match="is not supported by the local cloud at"):
        parse_script(source)


def test_a_reserved_word_is_a_name_in_backquotes_and_after_a_dot() -> None:
    table = only("CREATE TABLE my-at.hash.new (`at` DATE) CLUSTER BY `at`")
    assert isinstance(table, tree.CreateTable)
    assert (table.name, table.columns[0].name, table.cluster_by) == (("my-at", "hash", "new"), "at", ["at"])
    assert [identifier(name) for name in ("at", "Hash", "day", "f0_", "a b", "7")] == [
        "`at`", "`Hash`", "day", "f0_", "`a b`", "`7`",
    ]  # fmt: skip


def test_declare_takes_several_names_type_and_default() -> None:
    statement = only("DECLARE a, b ARRAY<STRUCT<x INT64, y STRING>> DEFAULT CASE WHEN 1 = 1 THEN [] END;")
    assert isinstance(statement, tree.Declare)
    assert statement.names == ["a", "b"]
    assert statement.type is not None and statement.type.text == "ARRAY<STRUCT<x INT64, y STRING>>"
    assert statement.default is not None and statement.default.text == "CASE WHEN 1 = 1 THEN [] END"


def test_set_reads_one_several_and_system_variables() -> None:
    single, several, system = parse_script("SET x = 1; SET (a, b) = (SELECT AS STRUCT 1, 2); SET @@dataset_id = 'd';")
    assert isinstance(single, tree.SetVariables) and not single.is_tuple
    assert isinstance(several, tree.SetVariables) and several.is_tuple and several.targets == ["a", "b"]
    assert isinstance(system, tree.SetSystemVariable) and system.name == "@@dataset_id"


def test_case_expressions_do_not_end_the_statement_around_them() -> None:
    statement = only(
        "IF CASE WHEN a THEN TRUE END THEN SELECT CASE b WHEN 1 THEN 2 END; ELSEIF c THEN SELECT 2; END IF"
    )
    assert isinstance(statement, tree.If)
    assert [arm.condition.text for arm in statement.arms] == ["CASE WHEN a THEN TRUE END", "c"]
    assert statement.otherwise == []


def test_keywords_after_a_dot_and_in_quotes_are_names() -> None:
    statement = only("SELECT r.end, `end`, 'END; ' FROM t")
    assert isinstance(statement, tree.SqlStatement)
    assert statement.text == "SELECT r.end, `end`, 'END; ' FROM t"


def test_nested_handlers_and_transactions() -> None:
    statement = only(
        """BEGIN
          BEGIN TRANSACTION;
          BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN ROLLBACK TRANSACTION; RAISE; END;
          COMMIT TRANSACTION;
        EXCEPTION WHEN ERROR THEN
          BEGIN ROLLBACK; EXCEPTION WHEN ERROR THEN END;
          RAISE USING MESSAGE = @@error.message;
        END"""
    )
    assert isinstance(statement, tree.Block)
    kinds = [type(inner) for inner in statement.body]
    assert kinds == [tree.BeginTransaction, tree.Block, tree.CommitTransaction]
    assert statement.handler is not None
    assert [type(inner) for inner in statement.handler] == [tree.Block, tree.Raise]
    empty = statement.handler[0]
    assert isinstance(empty, tree.Block) and empty.handler == []


def test_loops_with_labels_and_case_statement() -> None:
    statements = parse_script(
        """outer_loop: WHILE TRUE DO
             FOR r IN (SELECT 1 AS a) DO LEAVE outer_loop; END FOR;
             REPEAT ITERATE outer_loop; UNTIL TRUE END REPEAT;
             LOOP BREAK; END LOOP;
           END WHILE outer_loop;
           CASE x WHEN 1 THEN SELECT 1; WHEN 2 THEN SELECT 2; ELSE SELECT 3; END CASE;"""
    )
    loop, case = statements
    assert isinstance(loop, tree.While) and loop.label == "outer_loop"
    assert [type(inner) for inner in loop.body] == [tree.ForIn, tree.Repeat, tree.Loop]
    assert isinstance(case, tree.CaseOf) and len(case.arms) == 2 and case.otherwise is not None


def test_procedure_header_and_body() -> None:
    source = (
        "CREATE OR REPLACE PROCEDURE `p-1.d`.f(IN a INT64, OUT b ARRAY<STRUCT<x INT64>>, INOUT c STRING, d ANY TYPE)\n"
        "OPTIONS (strict_mode = TRUE)\nBEGIN\n  SELECT 1;\nEND"
    )
    statement = only(source)
    assert isinstance(statement, tree.CreateProcedure)
    assert statement.name == ("p-1", "d", "f") and statement.or_replace
    assert [(p.name, p.mode) for p in statement.parameters] == [("a", "IN"), ("b", "OUT"), ("c", "INOUT"), ("d", "IN")]
    assert statement.parameters[1].type is not None
    assert statement.parameters[1].type.text == "ARRAY<STRUCT<x INT64>>"
    assert statement.parameters[3].type is None
    assert statement.body.text == "BEGIN\n  SELECT 1;\nEND"
    assert statement.text == source


def test_a_parameter_may_be_called_like_a_mode() -> None:
    statement = only("CREATE PROCEDURE d.p(out STRING, inout INT64) BEGIN END")
    assert isinstance(statement, tree.CreateProcedure)
    assert [(p.name, p.mode) for p in statement.parameters] == [("out", "IN"), ("inout", "IN")]


def test_function_headers() -> None:
    scalar, table = parse_script(
        "CREATE FUNCTION d.f(x FLOAT64) RETURNS STRUCT<a INT64, b FLOAT64> AS ((SELECT AS STRUCT 1, x)) "
        "OPTIONS (description = 'x');"
        "CREATE OR REPLACE TABLE FUNCTION d.g(p_name STRING) RETURNS TABLE<a INT64> AS SELECT 1 AS a;"
    )
    assert isinstance(scalar, tree.CreateFunction) and isinstance(table, tree.CreateFunction)
    assert not scalar.is_table and scalar.body.text == "(SELECT AS STRUCT 1, x)"
    assert scalar.options["description"].text == "'x'"
    assert table.is_table and table.body.text == "SELECT 1 AS a"
    assert table.returns is not None and table.returns.text == "TABLE<a INT64>"


def test_table_definition() -> None:
    statement = only(
        """CREATE TABLE IF NOT EXISTS d.t (
             a INT64 NOT NULL DEFAULT 1 + 1 OPTIONS (description = 'it, is'), b ARRAY<STRING>,
             PRIMARY KEY (a) NOT ENFORCED)
           PARTITION BY TIMESTAMP_TRUNC(b, DAY) CLUSTER BY a, b OPTIONS (labels = [('k', 'v')])"""
    )
    assert isinstance(statement, tree.CreateTable)
    first, second = statement.columns
    assert first.not_null and first.default is not None and first.default.text == "1 + 1"
    assert first.options["description"].text == "'it, is'"
    assert second.type is not None and second.type.text == "ARRAY<STRING>"
    assert statement.primary_key == ["a"] and statement.cluster_by == ["a", "b"]
    assert statement.partition_by is not None and statement.partition_by.text == "TIMESTAMP_TRUNC(b, DAY)"


def test_statements_keep_their_offsets() -> None:
    source = "-- a comment\nSELECT 1;\n/* another */ SELECT\n  2"
    first, second = parse_script(source)
    assert source[first.start :].startswith("SELECT 1") and first.text == "SELECT 1"
    assert source[second.start :] == second.text == "SELECT\n  2"


blocks = st.recursive(
    st.sampled_from(["SELECT 1;", "SET x = (SELECT MAX(a) FROM t);", "COMMIT TRANSACTION;", "RAISE;"]),
    lambda inner: st.one_of(
        inner.map(lambda body: f"BEGIN {body} END;"),
        inner.map(lambda body: f"BEGIN {body} EXCEPTION WHEN ERROR THEN {body} END;"),
        inner.map(lambda body: f"IF x THEN {body} ELSE {body} END IF;"),
        inner.map(lambda body: f"LOOP {body} BREAK; END LOOP;"),
        inner.map(lambda body: f"REPEAT {body} UNTIL CASE WHEN x THEN TRUE END END REPEAT;"),
        inner.map(lambda body: f"CASE WHEN x THEN {body} END CASE;"),
        inner.map(lambda body: f"WHILE (x) DO {body} END WHILE;"),
    ),
    max_leaves=6,
)


@given(st.lists(blocks, min_size=1, max_size=4))
def test_statements_tile_the_script(parts: list[str]) -> None:
    source = "\n".join(parts)
    statements = parse_script(source)
    assert len(statements) == len(parts)
    for statement in statements:
        assert source[statement.start : statement.start + len(statement.text)] == statement.text
        assert parse_script(statement.text) != []


@given(st.text(alphabet="BEGINDIF;THEN ELSE()'\"`@= \n1xLOP", max_size=60))
def test_any_text_parses_or_is_a_syntax_error(source: str) -> None:
    try:
        statements = parse_script(source)
    except ScriptSyntaxError as error:
        assert 1 <= error.line <= source.count("\n") + 1
    else:
        assert all(statement.text for statement in statements)
