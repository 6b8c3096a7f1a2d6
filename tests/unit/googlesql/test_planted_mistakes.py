"""Mistakes planted in our own SQL, each found by GoogleSQL's analyser at its place. Unchanged, the SQL has none."""

from __future__ import annotations

import pytest

from infra.googlesql.bundle import Bundle
from sql import names

LOCK = "procedures/lock_caption_assignments"
LEARN = "procedures/update_caption_performance"
SELECT = "procedures/select_captions_for_creator"
SIZE = "table_functions/classify_account_size"
SATURATION = "table_functions/analyze_saturation_status"
BOUNDS = "functions/wilson_score_bounds"
SAMPLE = "functions/wilson_sample"
DRAFTS = "queries/save_drafts"
MOVES = "queries/transition_schedules"
MERGE = "queries/upsert_holidays"
VIEW = "views/schedule_recommendations_with_messages"

LOCK_PATH = "`of-scheduler-proj.eros_scheduling_brain.lock_caption_assignments`"

# what is planted: where, what is replaced by what (its first place), GoogleSQL's words, and the text at the place named
PLANTED = [
    ("unknown column", SIZE, "AVG(sent_count)", "AVG(sent_total)", "Unrecognized name: sent_total", "sent_total"),
    (
        "unknown column of a table's alias",
        SIZE,
        "history.avg_audience,",
        "history.audience,",
        "Name audience not found inside history",
        "audience",
    ),
    (
        "unknown table",
        SIZE,
        ".mass_messages`",
        ".all_messages`",
        "Table not found: `of-scheduler-proj.eros_scheduling_brain.all_messages`",
        "`of-scheduler-proj",
    ),
    ("unknown temporary table", LOCK, "FROM lock_requests", "FROM lock_request", "Table not found: lock_request", ""),
    (
        "unknown procedure",
        MOVES,
        "BEGIN TRANSACTION;",
        "CALL `of-scheduler-proj.eros_scheduling_brain.settle`(); BEGIN TRANSACTION;",
        "Procedure not found: `of-scheduler-proj.eros_scheduling_brain.settle`",
        "`of-scheduler-proj",
    ),
    ("bad function", SAMPLE, "SQRT(", "SQUARE_ROOT(", "Function not found: SQUARE_ROOT", "SQUARE_ROOT("),
    (
        "wrong number of arguments",
        SATURATION,
        "SAFE_DIVIDE(",
        "SAFE_DIVIDE(1, ",
        "No matching signature for function SAFE_DIVIDE",
        "SAFE_DIVIDE(1,",
    ),
    (
        "wrong type of an argument",
        SIZE,
        "ROUND(AVG(sent_count))",
        "ROUND(ANY_VALUE(message))",
        "No matching signature for function ROUND",
        "ROUND(",
    ),
    (
        "comparison of two types",
        SIZE,
        "sending_time < p_as_of",
        "sending_time < '*'",
        "Could not cast literal",
        "'*'",
    ),
    (
        "string compared with a number",
        SIZE,
        "p_page_name = '*'",
        "p_page_name = 0",
        "No matching signature for operator =",
        "p_page_name = 0",
    ),
    (
        "missing GROUP BY",
        SIZE,
        "    GROUP BY page_name\n",
        "",
        "neither grouped nor aggregated",
        "page_name",
    ),
    (
        "column that is not grouped",
        LEARN,
        "GROUP BY page_name, caption_id, caption_key, price_tier;",
        "GROUP BY page_name, caption_id, caption_key;",
        "neither grouped nor aggregated",
        "price_tier",
    ),
    (
        "aggregate in WHERE",
        SIZE,
        "sending_time < p_as_of",
        "COUNT(*) > 1",
        "Aggregate function COUNT(*) not allowed",
        "",
    ),
    (
        "ambiguous column",
        LOCK,
        "heads.schedule_id,",
        "schedule_id,",
        "Column name schedule_id is ambiguous",
        "schedule_id",
    ),
    (
        "sides of UNION with different types",
        LOCK,
        "NULL AS caption_key, scheduled_send_date AS conflict_date",
        "NULL AS caption_key, caption_id AS conflict_date",
        "Column 6 in UNION ALL has incompatible types",
        "SELECT schedule_id, page_name, 'error' AS result, caption_id, NULL AS caption_key, caption_id",
    ),
    (
        "wrong type in INSERT",
        MOVES,
        "@action, @actor, changed_at, from_status",
        "@action, changed_at, changed_at, from_status",
        "Query column 4 has type TIMESTAMP which cannot be inserted into column actor, which has type STRING",
        "SELECT",
    ),
    (
        "too few values in INSERT",
        MOVES,
        "from_status,\n  @to_status, @note\nFROM",
        "from_status,\n  @to_status\nFROM",
        "Inserted row has wrong column count",
        "",
    ),
    (
        "wrong type in UPDATE",
        MOVES,
        "SET updated_at = changed_at",
        "SET updated_at = problem",
        "Value of type STRING cannot be assigned to updated_at, which has type TIMESTAMP",
        "problem",
    ),
    (
        "unknown column in UPDATE",
        MOVES,
        "SET is_active = FALSE",
        "SET is_inactive = FALSE",
        "Unrecognized name: is_inactive",
        "is_inactive",
    ),
    (
        "unknown column in MERGE",
        MERGE,
        "type = staged.type",
        "kind = staged.type",
        "kind",
        "kind",
    ),
    (
        "column the stage table does not have",
        MERGE,
        "  saturation_impact_factor\nFROM",
        "  saturation_factor\nFROM",
        "Unrecognized name: saturation_factor",
        "saturation_factor",
    ),
    (
        "undeclared @parameter",
        MOVES,
        "UNNEST(@schedule_ids)",
        "UNNEST(@schedules)",
        "Query parameter 'schedules' not found",
        "@schedules",
    ),
    (
        "@parameter of another type",
        MOVES,
        "IN UNNEST(@schedule_ids)",
        "IN UNNEST(@action)",
        "Second argument of IN UNNEST must be an array but was STRING",
        "IN UNNEST(@action",
    ),
    (
        "undeclared variable",
        DRAFTS,
        "SET problem = (",
        "SET problems = (",
        "Undeclared variable: problems",
        "",
    ),
    (
        "unknown variable in a condition",
        DRAFTS,
        "IF problem IS NOT NULL THEN",
        "IF problems IS NOT NULL THEN",
        "Unrecognized name: problems",
        "problems",
    ),
    (
        "condition that is no BOOL",
        DRAFTS,
        "IF problem IS NOT NULL THEN",
        "IF problem THEN",
        "A condition must be a BOOL, and this is STRING",
        "problem",
    ),
    (
        "variable set to another type",
        LOCK,
        "SET drafted_at = (SELECT created_at FROM",
        "SET drafted_at = (SELECT status FROM",
        "has type STRING which cannot be coerced to target type TIMESTAMP",
        "(SELECT status",
    ),
    (
        "default of another type",
        DRAFTS,
        "DECLARE written_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP()",
        "DECLARE written_at TIMESTAMP DEFAULT UNIX_SECONDS(CURRENT_TIMESTAMP())",
        "has type INT64 which cannot be coerced to target type TIMESTAMP",
        "UNIX_SECONDS",
    ),
    ("unknown type", LOCK, "DECLARE problem STRING", "DECLARE problem TEXT", "Type not found: TEXT", "TEXT"),
    (
        "mistake in an exception handler",
        LOCK,
        "SET problem = @@error.message",
        "SET problem = @@error.text",
        "Unrecognized name: @@error",
        "@@error.text",
    ),
    (
        "subquery of two columns",
        LOCK,
        "(SELECT MIN(scheduled_send_date) FROM lock_requests)",
        "(SELECT MIN(scheduled_send_date), 1 FROM lock_requests)",
        "Scalar subquery cannot have more than one column",
        "(SELECT MIN",
    ),
    (
        "branches of CASE with different types",
        SIZE,
        "THEN 'no_history'",
        "THEN 0",
        "No matching signature for operator CASE",
        "CASE",
    ),
    (
        "result of another type than declared",
        SAMPLE,
        "RETURNS FLOAT64",
        "RETURNS DATE",
        "DATE",
        "",
    ),
    (
        "comparison of a UDF's argument",
        BOUNDS,
        "successes < 0",
        "successes < 'a'",
        "No matching signature for operator < for argument types: FLOAT64, STRING",
        "successes < 'a'",
    ),
    (
        "comparison with NULL",
        BOUNDS,
        "successes IS NULL",
        "successes = NULL",
        "Operands of = cannot be literal NULL",
        "NULL",
    ),
    (
        "window function in WHERE",
        LOCK,
        "WHERE heads.status =",
        "WHERE ROW_NUMBER() OVER () =",
        "Analytic function not allowed",
        "",
    ),
    ("keyword in the wrong place", SIZE, "WITH asked AS", "WITH asked IS", "Syntax error: Expected keyword AS", "IS"),
    ("parenthesis too many", VIEW, "FROM", ") FROM", "Syntax error", ")"),
    ("statement without its end", LOCK, "END IF;", "", "Syntax error", ""),
    (
        "argument of a UDF of another type",
        "procedures/update_caption_performance",
        "`of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(hits, misses).lower_bound",
        "`of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`('a', misses).lower_bound",
        "No matching signature for function of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds",
        "`of-scheduler-proj",
    ),
    (
        "argument of a table function of another type",
        "queries/page_profiles",
        "@as_of)",
        "@page_names)",
        "No matching signature for `of-scheduler-proj.eros_scheduling_brain.classify_account_size`",
        "`of-scheduler-proj",
    ),
    (
        "argument of a procedure of another type",
        MOVES,
        "BEGIN TRANSACTION;",
        f"CALL {LOCK_PATH}(@note, @actor, @schedule_ids); BEGIN TRANSACTION;",
        "No matching signature for procedure",
        LOCK_PATH,
    ),
    (
        "partition of another type",
        "tables/mass_messages",
        "DATE(sending_time)",
        "DATE(price)",
        "No matching signature",
        "DATE(",
    ),
]


def test_our_sql_has_no_mistakes(bundle: Bundle) -> None:
    found = [finding for name in names() for finding in bundle.findings(name)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "good", "bad", "message", "place"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED]
)
def test_planted(
    bundle: Bundle, texts: dict[str, str], name: str, good: str, bad: str, message: str, place: str
) -> None:
    assert good in texts[name]
    text = texts[name].replace(good, bad, 1)
    found = bundle.check(name, text)
    places = [text[finding.offset :] for finding in found if message in finding.message]
    assert [one for one in places if one.startswith(place)], found
