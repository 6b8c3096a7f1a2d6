"""The macros of sql/macros that are queries, or parts of them, as queries over a small agency's tables.

Of a script's macro its SELECTs are judged: what they stage, and what an INSERT writes. The evaluator runs no DML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sql import SqlSettings, constants
from tests.local.differential.macros import rendered
from tests.local.differential.ours import plain
from tests.sql.message_world import LOOKBACK, STEADY, TIRED, UNSEEN, as_of

AS_OF = f"TIMESTAMP '{as_of().isoformat(sep=' ')}'"
_DAYS = "\"DATE '2026-01-26'\", \"DATE '2026-02-08'\""
REQUESTS = (
    f"[STRUCT('{STEADY[0]}' AS page_name, 3 AS num_budget, 2 AS num_mid, 1 AS num_premium, 2 AS num_bump,"
    " 's1' AS seed),"
    f" ('{TIRED}', 2, 2, 2, 2, 's2'), ('{UNSEEN}', 1, 1, 1, 1, 's3')]"
)
_JOBS = f"""given_jobs AS (
  SELECT *
  FROM UNNEST(ARRAY<STRUCT<job_type STRING, statement_type STRING, creation_time TIMESTAMP, end_time TIMESTAMP,
    total_bytes_billed INT64, parent_job_id STRING, job_id STRING, labels ARRAY<STRUCT<key STRING, value STRING>>,
    error_result STRUCT<reason STRING, message STRING>, state STRING>>[
    ('QUERY', 'SELECT', {AS_OF}, {AS_OF}, 10485760, NULL, 'a', [('system', 'eros')], NULL, 'DONE'),
    ('QUERY', 'SCRIPT', TIMESTAMP_SUB({AS_OF}, INTERVAL 3 HOUR), TIMESTAMP_SUB({AS_OF}, INTERVAL 2 HOUR), 5, NULL,
      'scheduled_query_x', [], ('invalidQuery', 'x: Transaction Aborted due to concurrent update'), 'DONE'),
    ('QUERY', 'MERGE', TIMESTAMP_SUB({AS_OF}, INTERVAL 5 HOUR), TIMESTAMP_SUB({AS_OF}, INTERVAL 290 MINUTE), NULL, 'p',
      'c', [('system', 'eros')], ('invalidQuery', 'health_check: hard gates tripped: x'), 'DONE'),
    ('LOAD', NULL, TIMESTAMP_SUB({AS_OF}, INTERVAL 60 HOUR), {AS_OF}, 0, NULL, 'd', [('k', 'v')], NULL, 'DONE'),
    ('QUERY', 'SELECT', {AS_OF}, {AS_OF}, 7, NULL, 'e', [], ('stopped', NULL), 'RUNNING')])
)"""
_LOCK_REQUESTS = """lock_requests AS (
  SELECT *
  FROM UNNEST(ARRAY<STRUCT<schedule_id STRING, page_name STRING, caption_id INT64, scheduled_send_date DATE,
    scheduled_send_hour INT64>>[
    ('sched_a', 'amber', 1, DATE '2026-02-09', 9), ('sched_a', 'amber', 2, DATE '2026-02-10', 10),
    ('sched_a', 'amber', 10, DATE '2026-02-11', 30), ('sched_b', 'basil', 2, DATE '2026-02-09', 9),
    ('sched_c', 'cedar', 3, NULL, 9), ('sched_x', 'amber', 3, DATE '2026-02-09', 9),
    ('sched_g', 'grape', 4, DATE '2026-02-09', 9), ('sched_g', 'grape', 4, DATE '2026-02-09', 9),
    ('sched_i', 'basil', 5, DATE '2026-02-10', 11)])
)"""
_TARGETS = """(
  SELECT 1 AS k, 'a' AS v, JSON '{"b": 1, "a": 2}' AS j UNION ALL SELECT 2, NULL, NULL UNION ALL SELECT 3, 'c', JSON '1'
)"""
_STAGED = """(
  SELECT 1 AS k, 'a' AS v, JSON '{"a": 2, "b": 1}' AS j UNION ALL SELECT 2, 'x', NULL UNION ALL SELECT 4, 'd', NULL
)"""
_RATIOS = ("view_rate", "purchase_rate", "unlock_rate", "revenue_per_recipient", "revenue_per_view", "avg_emv")


@dataclass(frozen=True)
class Query:
    """Jinja text whose ``m`` is the macro's module, and the literals that stand for names of a script in it."""

    text: str
    names: Mapping[str, str]

    def query(self, name: str, settings: SqlSettings) -> str:
        """The GoogleSQL text over deployed tables."""
        text = rendered(name, self.text, settings)
        for own, literal in self.names.items():
            text = re.sub(rf"\b{own}\b", plain(literal), text)
        return text


_ARGUMENTS = {"p_page_name": f"'{STEADY[0]}'", "p_lookback_days": str(LOOKBACK), "p_as_of": AS_OF}


def _over(text: str, **names: str) -> Query:
    return Query(text, names)


def _report(text: str) -> Query:
    """A macro that reads a report's arguments; as a subquery, for most of them are SELECT AS STRUCT."""
    return Query(f"SELECT * FROM ({text})", _ARGUMENTS)


def _temporary(macro: str, table: str) -> str:
    """The query that a macro fills a temporary table with."""
    return f"({{{{ m.{macro} | replace('CREATE OR REPLACE TEMP TABLE {table} AS', '') }}}})"


_STAGES = {
    "lock_heads": "stage_heads()",
    "lock_wanted": "stage_wanted()",
    "lock_problems": "stage_problems(\"DATE '2026-02-09'\", \"DATE '2026-02-11'\")",
    "lock_winners": "stage_winners()",
}


def _locking(table: str) -> Query:
    """What a macro of locking stages, after what the others have staged before it."""
    needed = list(_STAGES)[: list(_STAGES).index(table) + 1]
    stages = ", ".join(f"{name} AS {_temporary(_STAGES[name], name)}" for name in needed)
    return _over(f"WITH {_LOCK_REQUESTS}, {stages} SELECT * FROM {table}")


def _health(macro: str, result: str) -> Query:
    jobs = f"health_jobs AS {_temporary(_HEALTH_JOBS, 'health_jobs')}"
    macro_and_end = f"{{{{ m.{macro} }}}} {result}" if macro else "SELECT * FROM health_jobs"
    return Query(f"WITH {_JOBS}, {jobs}{', ' if macro else ' '}{macro_and_end}", {"now_": AS_OF})


_HEALTH_JOBS = "stage_jobs('now_')"
_MESSAGES = "{{ ref('mass_messages') }}"
_BY_PAGE = f"(SELECT page_name, {{{{ m.totals() }}}} FROM {_MESSAGES} GROUP BY page_name)"
_WITH_CAPTION = f"FROM {_MESSAGES} AS sent {{{{ m.with_caption('sent') }}}}"
_SCORES = ", ".join(f"{{{{ m.score_by(\"'{mode}'\", 'h', 's') }}}} AS {mode}" for mode in constants()["modes"])
_BOTH = f"FROM {_TARGETS} AS target JOIN {_STAGED} AS staged"
_COUNTS = "FROM UNNEST([STRUCT(1.0 AS h, 30.0 AS s), (0.5, 0.5), (20.0, 3.0), (0.0, 0.0), (NULL, 1.0)])"
_SAMPLED = f"{{{{ m.sampled('h', 's', \"'abc'\", '{_COUNTS}', ('h', 's')) }}}}"
_ASKED = f'"SELECT * FROM UNNEST({REQUESTS})", "{AS_OF}"'
QUERIES: dict[str, Query] = {
    "cooldown.uses_near": _over(f"{{{{ m.uses_near({_DAYS}) }}}}"),
    "health.stage_jobs": _health("", ""),
    "health.outcomes": _health("outcomes('now_')", "SELECT * FROM outcomes CROSS JOIN durations"),
    "health.spending": _health("spending('now_')", "SELECT * FROM spending"),
    "health.duplicates": _health("duplicates()", "SELECT * FROM duplicates"),
    "health.fences": _health("fences()", "SELECT * FROM fences"),
    "health.ages": _health(
        "ages('now_')",
        "SELECT daily_runs.hours AS run, messages.hours AS sent, stuck.locks"
        " FROM daily_runs CROSS JOIN messages CROSS JOIN stuck",
    ),
    "health.pools": _health("pools('now_')", "SELECT * FROM pools"),
    "learning.canonical_captions": _over("{{ m.canonical_captions() }}"),
    "learning.with_caption": _over(
        f"SELECT sent.message_id, by_id.caption_id AS own, by_text.caption_id {_WITH_CAPTION}"
    ),
    "learning.caption_fact": _over(f"SELECT sent.message_id, {{{{ m.caption_fact('price_tier') }}}} {_WITH_CAPTION}"),
    "locking.stage_heads": _locking("lock_heads"),
    "locking.stage_wanted": _locking("lock_wanted"),
    "locking.stage_problems": _locking("lock_problems"),
    "locking.stage_winners": _locking("lock_winners"),
    "metrics.totals": _over(f"SELECT message_type, {{{{ m.totals() }}}} FROM {_MESSAGES} GROUP BY message_type"),
    "metrics.ratio": _over(
        f"SELECT page_name, {', '.join(f'{{{{ m.ratio({one!r}) }}}} AS {one}' for one in _RATIOS)} FROM {_BY_PAGE}"
    ),
    "metrics.interval": _over(
        f"SELECT page_name, {{{{ m.interval('view') }}}} AS seen, {{{{ m.interval('unlock') }}}} AS bought"
        f" FROM {_BY_PAGE}"
    ),
    "pages.is_asked_for": _report("SELECT page_name FROM {{ ref('creators') }} WHERE {{ m.is_asked_for() }}"),
    "pages.asked_for": _report("{{ m.asked_for() }}"),
    "profiles.profiles": _over(f"{{{{ m.profiles(\"'*'\", '{LOOKBACK}', \"{AS_OF}\") }}}}"),
    "report_comparisons.comparisons": _report("{{ m.comparisons() }}"),
    "report_course.course": _report("{{ m.course() }}"),
    "report_page.available_categories": _report("{{ m.available_categories() }}"),
    "report_page.page": _report("{{ m.page() }}"),
    "report_sales.sales": _report("{{ m.sales() }}"),
    "report_sold.sold": _report("{{ m.sold() }}"),
    "restrictions.restricted_captions": _over(
        "WITH pages AS (SELECT page_name FROM {{ ref('creators') }}),"
        " captions AS (SELECT * FROM {{ ref('caption_bank') }}),"
        " {{ m.restricted_captions('pages', 'captions') }} SELECT * FROM restricted"
    ),
    "selection.score_by": _over(
        f"{{% import 'macros/wilson.jinja' as wilson with context %}} SELECT {_SCORES} "
        f"FROM ({_SAMPLED.replace('m.', 'wilson.', 1)}) WHERE n > 0"
    ),
    "selection.steps": _over(
        f"{{{{ m.steps({_ASKED}, \"'safe'\", 'FALSE', with_blocked=True) }}}} SELECT * FROM scored"
    ),
    "selection.select_captions": _over(f"{{{{ m.select_captions({_ASKED}, \"'optimize'\", with_page=True) }}}}"),
    "upsert.differs": _over(
        f"SELECT target.k, {{{{ m.differs(['v', 'j'], ['j']) }}}} AS d {_BOTH} ON target.k = staged.k"
    ),
    "upsert.same_key": _over(f"SELECT target.k {_BOTH} ON {{{{ m.same_key(['k']) }}}}"),
    "volume.holiday_factors": _over(f"{{{{ m.holiday_factors({_DAYS}) }}}}"),
    "wilson.sample": _over(f"SELECT h, s, {{{{ m.sample() }}}} AS drawn FROM ({_SAMPLED})"),
    "wilson.sampled": _over(_SAMPLED),
}
# What these hold beside control flow and DML is judged by the names at their right.
STATEMENTS: dict[str, str] = {
    "health.raise_alarms": "health.share",  # of the parts whose names it reads, a column of health_verdict
    "jobs.once_per_period": "jobs.utc_period",  # and jobs.day_period: its arguments
    "locking.take_guard_rows": "locking.stage_heads",  # what it groups
    "locking.write_locks": "status.event_id",  # and columns of lock_wanted and lock_winners
    "upsert.merge_staged": "upsert.differs",  # and upsert.same_key
}
