"""The catalogue: what each template defines and refers to, and what its names and expressions are."""

from __future__ import annotations

from functools import cache

import pytest

from infra.catalog import Catalog, Piece, Use, load_catalog
from infra.catalog.scopes import Kind
from infra.errors import InfraError
from infra.syntax.sql import exp, parse_type
from sql import SqlSettings, deploy_order, names
from tests.contract.test_sql_inventory import ROUTINES
from tests.unit.lint.world import catalog, expanded

SETTINGS = SqlSettings()


@cache
def ours() -> Catalog:
    return load_catalog(SETTINGS)


def test_every_template_is_an_asset() -> None:
    assert set(ours().assets) == set(names())
    assert [asset.name for asset in ours().assets.values() if asset.unread] == []


@pytest.mark.parametrize("name", deploy_order())
def test_a_deployed_template_defines_the_object_it_is_called_after(name: str) -> None:
    asset = ours().assets[name]
    assert asset.definition is not None
    assert tuple(asset.definition.name) == (SETTINGS.project, SETTINGS.dataset, name.partition("/")[2])
    assert ours().object(tuple(asset.definition.name)) is asset
    assert asset.text.startswith(asset.header + asset.body)


@pytest.mark.parametrize("name", ROUTINES)
def test_parameters_are_the_contract_s(name: str) -> None:
    asset = ours().object((SETTINGS.project, SETTINGS.dataset, name))
    assert asset is not None
    for parameter, (wanted, kind) in zip(asset.parameters, ROUTINES[name][1], strict=True):
        assert parameter.name == wanted
        assert parameter.type is not None and parameter.type.text.startswith(kind)
        assert asset.text[parameter.start :].startswith(wanted)


def test_header_and_body() -> None:
    assets = ours().assets
    assert assets["functions/wilson_score_bounds"].body.startswith("CASE")
    assert assets["functions/wilson_score_bounds"].header.rstrip().endswith("AS (")
    assert assets["table_functions/classify_account_size"].body.startswith("WITH asked AS (")
    procedure = assets["procedures/lock_caption_assignments"]
    assert procedure.body.startswith("BEGIN") and procedure.body.endswith("END")
    view = assets["views/schedule_recommendations_with_messages"]
    assert view.body.startswith("SELECT") and view.header.rstrip().endswith("AS")
    script = assets["queries/lock_schedules"]
    assert script.definition is None and script.body == script.text and script.header == ""


def test_references_are_every_name_as_it_is_written() -> None:
    text = expanded("""CREATE TEMP TABLE staged AS
        WITH found AS (SELECT page_name FROM ref(creators))
        SELECT ref(plain)(1.0) AS x, HLL_COUNT.MERGE(y) AS h
        FROM found JOIN ref(by_page)('*', @as_of) AS b USING (page_name);
        CALL ref(refresh)();
        DELETE FROM ref(messages) WHERE page_name IN (SELECT CAST(x AS STRING) FROM staged);""")
    asset = catalog("queries/example", text).assets["queries/example"]
    ours_at = ("lint-project", "lint_dataset")
    assert {(reference.path, reference.use) for reference in asset.references} == {
        (("staged",), Use.DEFINES),
        ((*ours_at, "creators"), Use.TABLE),
        ((*ours_at, "plain"), Use.FUNCTION),
        (("HLL_COUNT", "MERGE"), Use.FUNCTION),
        ((*ours_at, "by_page"), Use.TABLE_FUNCTION),
        ((*ours_at, "refresh"), Use.PROCEDURE),
        ((*ours_at, "messages"), Use.TABLE),
        (("staged",), Use.TABLE),
    }
    for reference in asset.references:
        assert text.count("\n", 0, reference.offset) <= text.index(reference.path[-1], reference.offset)
    assert asset.temporary == {"staged"}


def test_the_view_refers_to_its_tables() -> None:
    asset = ours().assets["views/schedule_recommendations_with_messages"]
    found = {reference.path[-1] for reference in asset.references if reference.use is Use.TABLE}
    assert found == {"schedule_recommendations", "schedule_messages", "caption_bank"}


def piece_of(text: str) -> Piece:
    return catalog("queries/example", text).assets["queries/example"].pieces[-1]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("sent_at", "TIMESTAMP"),
        ("m.due_on", "DATE"),
        ("wall_clock", "DATETIME"),
        ("DATE(sent_at, 'UTC')", "DATE"),
        ("TIMESTAMP_ADD(sent_at, INTERVAL 1 DAY)", "TIMESTAMP"),
        ("DATE_ADD(due_on, INTERVAL 1 DAY)", "DATE"),
        ("DATE_TRUNC(due_on, MONTH)", "DATE"),
        ("sent_at - INTERVAL 1 DAY", "TIMESTAMP"),
        ("COALESCE(NULL, sent_at)", "TIMESTAMP"),
        ("IF(price > 1, NULL, due_on)", "DATE"),
        ("CASE WHEN price > 1 THEN sent_at END", "TIMESTAMP"),
        ("CASE price WHEN 1 THEN NULL ELSE due_on END", "DATE"),
        ("GREATEST(due_on, DATE '2026-01-01')", "DATE"),
        ("LAG(sent_at) OVER (ORDER BY sent_at)", "TIMESTAMP"),
        ("FIRST_VALUE(due_on IGNORE NULLS) OVER (ORDER BY sent_at)", "DATE"),
        ("(SELECT MAX(x.sent_at) FROM ref(messages) AS x)", "TIMESTAMP"),
        ("ARRAY(SELECT x.due_on FROM ref(messages) AS x)[SAFE_OFFSET(0)]", "DATE"),
        ("ARRAY(SELECT AS STRUCT x.due_on AS d FROM ref(messages) AS x)[OFFSET(0)].d", "DATE"),
        ("visits[OFFSET(0)].at_time", "TIMESTAMP"),
        ("STRUCT(sent_at AS a, due_on AS b).b", "DATE"),
        ("(SELECT AS STRUCT sent_at AS a).a", "TIMESTAMP"),
        ("@as_of", "TIMESTAMP"),
        ("@requests[OFFSET(0)].asked_at", "TIMESTAMP"),
        ("TIMESTAMP '2026-01-01 00:00:00+00'", "TIMESTAMP"),
        ("SAFE_CAST(page_name AS DATE)", "DATE"),
        ("EXTRACT(DATE FROM sent_at AT TIME ZONE 'UTC')", "DATE"),
        ("EXTRACT(YEAR FROM due_on)", "INT64"),
        ("PARSE_DATE('%F', page_name)", "DATE"),
        ("ref(plain)(1.0)", "FLOAT64"),
        ("COUNT(*)", "INT64"),
        ("CONCAT(page_name, 'x')", "STRING"),
        ("(due_on)", "DATE"),
        ("JSON_VALUE(page_name, '$.day')", "STRING"),
        ("page_name || 'x'", "STRING"),
        ("PARSE_DATETIME('%F', page_name)", "DATETIME"),
        ("LENGTH(page_name)", "INT64"),
        ("price IS NULL OR price > 1", "BOOL"),
        ("GENERATE_DATE_ARRAY(due_on, due_on)[OFFSET(0)]", "DATE"),
    ],
)
def test_types_of_expressions(expression: str, wanted: str) -> None:
    piece = piece_of(expanded(f"SELECT {expression} AS x FROM ref(messages) AS m"))
    found = piece.analysis.output(piece.tree)
    assert found is not None and found["x"] == parse_type(wanted)


@pytest.mark.parametrize("expression", ["price * 1.5 / 2", "unheard_of(due_on)", "m", "nothing"])
def test_a_type_that_cannot_be_told_is_no_guess(expression: str) -> None:
    piece = piece_of(expanded(f"SELECT {expression} AS x FROM ref(nowhere) AS m, ref(messages) AS n"))
    found = piece.analysis.output(piece.tree)
    assert found is not None and found["x"] is None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT * FROM (SELECT sent_at AS a, due_on AS b FROM ref(messages))", {"a": "TIMESTAMP", "b": "DATE"}),
        ("WITH t AS (SELECT due_on AS a FROM ref(messages)) SELECT t.* FROM t", {"a": "DATE"}),
        ("SELECT NULL AS a UNION ALL SELECT due_on FROM ref(messages)", {"a": "DATE"}),
        ("(SELECT due_on AS a FROM ref(messages)) ORDER BY a", {"a": "DATE"}),
        ("SELECT last_sent_at FROM ref(by_page)('*', @as_of)", {"last_sent_at": "TIMESTAMP"}),
        ("SELECT v.on_day FROM ref(messages) AS m, m.visits AS v", {"on_day": "DATE"}),
        ("SELECT d, n FROM UNNEST([DATE '2026-01-01']) AS d WITH OFFSET AS n", {"d": "DATE", "n": "INT64"}),
        ("SELECT s.a FROM (SELECT AS STRUCT due_on AS a FROM ref(messages)) AS s", {"a": "DATE"}),
        ("SELECT due_on FROM ref(creators) JOIN ref(messages) USING (page_name)", {"due_on": "DATE"}),
    ],
)
def test_columns_of_queries(query: str, wanted: dict[str, str]) -> None:
    piece = piece_of(expanded(query))
    assert piece.analysis.output(piece.tree) == {name: parse_type(kind) for name, kind in wanted.items()}


def meanings(text: str) -> dict[str, Kind]:
    piece = piece_of(expanded(text))
    return {
        column.sql(dialect="bigquery"): piece.analysis.meaning(column).kind
        for column in piece.tree.find_all(exp.Column)
    }


def test_what_names_mean() -> None:
    found = meanings("""DECLARE page STRING; DECLARE price INT64;
        SELECT m.sent_at, m, page, price, asked, missing
        FROM ref(messages) AS m CROSS JOIN UNNEST(@page_names) AS asked
        WHERE page_name = page""")
    assert found == {
        "m.sent_at": Kind.COLUMN,
        "m": Kind.RANGE,
        "page": Kind.VARIABLE,
        "price": Kind.COLUMN,
        "asked": Kind.RANGE,
        "missing": Kind.UNKNOWN,
        "page_name": Kind.COLUMN,
    }


def test_an_alias_of_the_select_list_comes_after_columns_and_before_variables() -> None:
    found = meanings("""DECLARE day DATE;
        SELECT DATE(sent_at, 'UTC') AS day FROM ref(messages) GROUP BY day ORDER BY day""")
    assert found == {"sent_at": Kind.COLUMN, "day": Kind.ALIAS}


def test_a_derived_table_sees_the_outer_query_but_no_neighbour() -> None:
    text = """SELECT (
            SELECT MAX(y)
            FROM (SELECT c.since AS y, n.due_on AS z FROM ref(messages)) AS i
            CROSS JOIN ref(messages) AS n)
        FROM ref(creators) AS c"""
    found = meanings(text)
    assert (found["c.since"], found["n.due_on"], found["y"]) == (Kind.COLUMN, Kind.UNKNOWN, Kind.COLUMN)


def test_every_column_of_our_sql_is_understood() -> None:
    """Rules that look columns up would be blind to the others."""
    unknown = []
    for asset in ours().assets.values():
        for piece in asset.pieces:
            for column in piece.tree.find_all(exp.Column):
                is_read = piece.analysis.scope_of(column) is not None and not isinstance(column.this, exp.Star)
                if is_read and piece.analysis.meaning(column).kind is Kind.UNKNOWN:
                    unknown.append((str(asset.traced.place(piece.offset(column))), column.name))
                assert asset.text[piece.offset(column) :].lstrip("`").startswith(column.parts[0].name)
    assert unknown == []


def test_a_template_that_is_no_script_is_named_by_its_line() -> None:
    with pytest.raises(InfraError) as caught:
        catalog("queries/example", "SELECT 1;\nIF TRUE THEN\nSELECT 2;\n")
    assert caught.value.where == "sql/queries/example.sql:3"
    assert caught.value.what == "Syntax error: Expected keyword END but got end of script"
