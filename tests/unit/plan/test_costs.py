"""Scripts taken apart, and what they cost: the dry runner is a table of answers."""

from __future__ import annotations

import pytest

from infra.catalog import Template, build_catalog
from infra.dry_runs import DryRun, Spent
from infra.errors import InfraError
from infra.plan import Plan, read_plan
from infra.plan.costs import MINIMUM_BYTES, estimate, estimate_costs
from infra.plan.scripts import leaves
from sql import SqlSettings
from sql.origins import TracedText
from tests.plans import change, shown, unchanged, updated

TIB = 1024**4
MIB = 1024**2
SCHEDULE = "google_bigquery_data_transfer_config.sweep"


@pytest.fixture(scope="module")
def catalog():
    """Two tables, a view over one of them, a table function over the view, and a procedure."""
    table_function = "CREATE OR REPLACE TABLE FUNCTION `p.d.of`(n INT64) AS (SELECT page_name FROM `p.d.recent`)"
    texts = {
        "tables/sends": "CREATE TABLE IF NOT EXISTS `p.d.sends` (page_name STRING, `at` TIMESTAMP, price NUMERIC)",
        "tables/pages": "CREATE TABLE IF NOT EXISTS `p.d.pages` (page_name STRING)",
        "views/recent": "CREATE OR REPLACE VIEW `p.d.recent` AS SELECT page_name FROM `p.d.sends`",
        "table_functions/of": table_function,
        "procedures/learn": "CREATE OR REPLACE PROCEDURE `p.d.learn`() BEGIN DELETE FROM `p.d.pages` WHERE TRUE; END",
    }
    traced = [Template(name, TracedText(text, (0,), ((),))) for name, text in texts.items()]
    return build_catalog(traced, SqlSettings())


def texts_of(script, catalog, made=None, procedures=None):
    return [leaf.text(made or {}) for leaf in leaves(script, procedures or {}, catalog)]


def test_every_statement_and_expression_that_reads_a_table_is_a_leaf(catalog):
    script = """
    DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM `p.d.pages`);
    IF EXISTS (SELECT page_name FROM `p.d.sends`) THEN
      DELETE FROM `p.d.sends` WHERE price < 1;
    ELSE
      BEGIN
        SELECT 1;
      EXCEPTION WHEN ERROR THEN
        FOR row IN (SELECT page_name FROM `p.d.pages`) DO
          SET n = n + 1;
        END FOR;
      END;
    END IF;
    """
    assert [" ".join(one.split()) for one in texts_of(script, catalog)] == [
        "SELECT (SELECT COUNT(*) FROM `p.d.pages`)",
        "SELECT EXISTS (SELECT page_name FROM `p.d.sends`)",
        "DELETE FROM `p.d.sends` WHERE price < 1",
        "SELECT page_name FROM `p.d.pages`",
    ]


def test_variables_become_values_that_can_be_dry_run(catalog):
    script = """
    DECLARE since TIMESTAMP;
    DECLARE day DATE;
    DECLARE least NUMERIC;
    DECLARE names ARRAY<STRING>;
    SELECT page_name, since
    FROM `p.d.sends`
    WHERE `at` > since AND DATE(`at`) = day AND price > least AND page_name IN UNNEST(names) AND `at` < @run_time
    """
    [text] = texts_of(script, catalog)
    assert " ".join(text.split()) == (
        "SELECT page_name, @run_time AS since FROM `p.d.sends` WHERE `at` > @run_time AND DATE(`at`) = DATE(@run_time) "
        "AND price > CAST(NULL AS NUMERIC) AND page_name IN UNNEST(CAST(NULL AS ARRAY<STRING>)) AND `at` < @run_time"
    )


def test_a_column_that_is_named_like_a_variable_stays_a_column(catalog):
    [text] = texts_of("DECLARE price NUMERIC; SELECT price FROM `p.d.sends`", catalog)
    assert text == "SELECT price FROM `p.d.sends`"


def test_a_temporary_table_becomes_an_empty_one_of_the_columns_that_were_told(catalog):
    script = """
    CREATE OR REPLACE TEMP TABLE kept AS SELECT page_name, SUM(price) AS total FROM `p.d.sends` GROUP BY page_name;
    INSERT INTO `p.d.pages` (page_name) SELECT kept.page_name FROM kept JOIN kept AS other USING (page_name);
    """
    making, reading = leaves(script, {}, catalog)
    assert (making.makes, making.temporary, reading.makes, reading.temporary) == ("kept", 0, "", 2)
    fields = [{"name": "page_name", "type": "STRING"}, {"name": "total", "type": "NUMERIC", "mode": "NULLABLE"}]
    empty = "(SELECT CAST(NULL AS STRING) AS `page_name`, CAST(NULL AS NUMERIC) AS `total`)"
    assert reading.text({"kept": fields}) == (
        "INSERT INTO `p.d.pages` (page_name) "
        f"SELECT kept.page_name FROM {empty} AS kept JOIN {empty} AS other USING (page_name)"
    )


def test_views_and_table_functions_stand_for_the_tables_behind_them(catalog):
    [leaf] = leaves("SELECT 1 FROM `p.d.of`(3) JOIN `p.d.pages` USING (page_name)", {}, catalog)
    assert leaf.tables == ("p.d.pages", "p.d.sends")


def test_a_procedure_that_is_called_is_entered_in_the_plans_own_text(catalog):
    [known] = texts_of("CALL `p.d.learn`()", catalog)
    assert known == "DELETE FROM `p.d.pages` WHERE TRUE"
    planned = "CREATE OR REPLACE PROCEDURE learn(p_n INT64) BEGIN DELETE FROM `p.d.sends` WHERE price > p_n; END"
    [text] = texts_of("CALL `p.d.learn`()", catalog, procedures={"learn": planned})
    assert text == "DELETE FROM `p.d.sends` WHERE price > CAST(NULL AS BIGINT)".replace("BIGINT", "INT64")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("CALL `p.d.unheard_of`()", "unheard_of, whose text is not known"),
        ("CALL `p.d.again`()", "again calls itself"),
        ("EXECUTE IMMEDIATE 'SELECT 1'", "EXECUTE IMMEDIATE"),
        ("IF x THEN", ""),
    ],
)
def test_what_cannot_be_taken_apart_says_why(catalog, script, why):
    again = {"again": "CREATE OR REPLACE PROCEDURE again() BEGIN CALL `p.d.again`(); END"}
    with pytest.raises(InfraError) as refused:
        leaves(script, again, catalog)
    assert why in refused.value.why


class Answers:
    """A dry runner that knows some statements by a piece of them, and counts how often it is asked."""

    def __init__(self, **by_word):
        self.by_word, self.asked = by_word, []

    def __call__(self, text):
        self.asked.append(text)
        return next((answer for word, answer in self.by_word.items() if word in text), DryRun())


def estimated(script, catalog, ask, runs=1.0):
    return estimate(leaves(script, {}, catalog), runs, ask)


def test_a_statement_counts_ten_mebibytes_for_each_table_or_what_it_reads(catalog):
    script = "SELECT 1 FROM `p.d.sends`; SELECT 1 FROM `p.d.sends` CROSS JOIN `p.d.pages`"
    # 10 MiB + 2 x 10 MiB
    assert estimated(script, catalog, Answers(sends=DryRun(bytes=5))).bytes_per_run == 30 * MIB
    # 15 MiB are more than 10, but less than 2 x 10
    assert estimated(script, catalog, Answers(sends=DryRun(bytes=15 * MIB))).bytes_per_run == (15 + 20) * MIB
    assert estimated(script, catalog, Answers(sends=DryRun(bytes=100 * MIB))).bytes_per_run == 200 * MIB


def test_tables_that_only_the_dry_run_sees_count_too(catalog):
    told = DryRun(bytes=1, tables=("a", "b", "c"))
    assert estimated("SELECT 1 FROM `p.d.sends`", catalog, Answers(sends=told)).bytes_per_run == 30 * MIB


def test_a_statement_that_is_refused_counts_with_whole_tables(catalog):
    ask = Answers(COUNT=DryRun(refusal="no"), **{"SELECT *": DryRun(bytes=77 * MIB)})
    found = estimated("SELECT COUNT(*) FROM `p.d.sends`; SELECT 1 FROM `p.d.pages`", catalog, ask)
    assert (found.bytes_per_run, found.statements, found.guessed) == ((77 + 10) * MIB, 2, 1)
    assert "SELECT * FROM `p.d.sends`" in ask.asked


def test_the_columns_of_a_temporary_table_come_from_its_own_dry_run(catalog):
    columns = ({"name": "n", "type": "INTEGER"},)
    ask = Answers(COUNT=DryRun(bytes=1, columns=columns))
    script = "CREATE TEMP TABLE t AS SELECT COUNT(*) AS n FROM `p.d.sends`; SELECT n FROM t"
    # 10 MiB for the table, 10 MiB for the temporary one
    assert estimated(script, catalog, ask).bytes_per_run == 2 * MINIMUM_BYTES
    assert ask.asked[1] == "SELECT n FROM (SELECT CAST(NULL AS INT64) AS `n`) AS t"


def test_dollars_are_bytes_times_firings_times_the_price(catalog):
    found = estimated("SELECT 1 FROM `p.d.sends`", catalog, Answers(sends=DryRun(bytes=TIB // 10)), runs=4)
    # 0.1 TiB x 4 x $6.25 = $2.50
    assert found.dollars_per_day == pytest.approx(2.5)


def schedule(query, times="every 6 hours from 00:13 to 18:13", **more):
    return {"display_name": "sweep", "schedule": times, "params": {"query": query}, **more}


def planned(*changes):
    return Plan((read_plan("automation", shown(*changes)),))


def test_a_change_is_estimated_before_and_after(catalog):
    plan = planned(
        updated(
            SCHEDULE, schedule("SELECT 1 FROM `p.d.sends`"), **schedule("SELECT 2 FROM `p.d.sends`", "every day 10:07")
        )
    )
    ask = Answers(**{"SELECT 1": DryRun(bytes=TIB), "SELECT 2": DryRun(bytes=2 * TIB)})
    [cost] = estimate_costs(plan, catalog, ask, {"sweep": Spent(TIB / 2, 3.9)})
    # 1 TiB x 4 = $25 before; 2 TiB x 1 = $12.50 after; half a TiB was really billed
    assert (cost.before.dollars_per_day, cost.after.dollars_per_day) == (25, 12.5)
    assert cost.rise == -12.5
    assert cost.last_week.dollars_per_day == 3.125


def test_a_new_schedule_has_no_before_and_a_gone_one_no_after(catalog):
    query = schedule("SELECT 1 FROM `p.d.sends`")
    [new] = estimate_costs(planned(change(SCHEDULE, "create", None, query)), catalog, Answers())
    [gone] = estimate_costs(planned(change(SCHEDULE, "delete", query, None)), catalog, Answers())
    assert (new.before, gone.after) == (None, None)
    assert new.rise == -gone.rise > 0


def test_a_disabled_schedule_costs_nothing(catalog):
    [cost] = estimate_costs(
        planned(unchanged(SCHEDULE, **schedule("SELECT 1 FROM `p.d.sends`", disabled=True))), catalog, Answers()
    )
    assert cost.after.dollars_per_day == 0


def test_a_changed_procedure_changes_what_its_schedule_costs(catalog):
    procedure = {
        "routine_id": "learn",
        "routine_type": "PROCEDURE",
        "definition_body": "BEGIN SELECT 1 FROM `p.d.sends`; END",
    }
    plan = planned(
        updated("google_bigquery_routine.learn", procedure, definition_body="BEGIN SELECT 2 FROM `p.d.sends`; END"),
        unchanged(SCHEDULE, **schedule("CALL `p.d.learn`()")),
    )
    [cost] = estimate_costs(plan, catalog, Answers(**{"SELECT 2": DryRun(bytes=TIB)}))
    # 10 MiB and 1 TiB, four times a day
    assert cost.before.bytes_per_day == 40 * MIB and cost.after.bytes_per_day == 4 * TIB


def test_equal_statements_are_asked_about_once(catalog):
    ask = Answers()
    estimate_costs(planned(unchanged(SCHEDULE, **schedule("SELECT 1 FROM `p.d.sends`"))), catalog, ask)
    assert len(ask.asked) == 1


def test_a_script_that_cannot_be_taken_apart_has_an_unknown_cost(catalog):
    [cost] = estimate_costs(planned(unchanged(SCHEDULE, **schedule("EXECUTE IMMEDIATE 'x'"))), catalog, Answers())
    assert (cost.before, cost.after) == (None, None) and "EXECUTE IMMEDIATE" in cost.unknown


def test_a_dry_runner_that_cannot_work_is_an_error(catalog):
    def nobody(text):
        raise InfraError("nobody is signed in", why="no credentials")

    with pytest.raises(InfraError, match="signed in"):
        estimate_costs(planned(unchanged(SCHEDULE, **schedule("SELECT 1 FROM `p.d.sends`"))), catalog, nobody)
