"""Every macro of sql/macros as it is judged: expressions over literal rows here, whole queries in macro_queries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sql import SqlSettings, constants, loader
from tests.local.differential.judging import Case
from tests.local.differential.ours import combinations

_MACRO = re.compile(r"{%-? macro ([a-z]\w*)\(")
ALL = tuple(
    f"{path.stem}.{name}"
    for path in sorted((loader.ROOT / "macros").glob("*.jinja"))
    for name in _MACRO.findall(path.read_text(encoding="utf-8"))
)


def rendered(name: str, text: str, settings: SqlSettings) -> str:
    """Jinja text that calls the module of macro `name` as ``m``; it may ask for ``ref`` and ``c``, as templates do."""
    imported = f'{{% import "macros/{name.partition(".")[0]}.jinja" as m with context %}}'

    def ref(target: str) -> str:
        return f"`{settings.project}.{settings.dataset}.{target}`"

    template = loader._environment().from_string(imported + text)
    given = {"ref": ref, "region_view": lambda view: f"given_{view.lower()}", "release": "r1"}
    return str(template.render(c=constants(), **given)).strip()


_NULL_FLOAT, _NULL_INT, _NULL_TEXT = "CAST(NULL AS FLOAT64)", "CAST(NULL AS INT64)", "CAST(NULL AS STRING)"
_SHARES = ["0.0", "0.004", "0.02", "0.3", "0.4999999999", "0.5", "1.0", _NULL_FLOAT]
_DEVIATIONS = ["-1.0", "-0.4", "-0.30000000000000004", "-0.3", "-0.15", "-0.1", "-0.05", "0.0", "0.7", _NULL_FLOAT]
_FLOATS = ["0.0", "1.0", "2.5", "3.0", "7.07106781186547", "7.08", "0.1", "12.5", "30.0", _NULL_FLOAT]
_COUNTS = ["0", "1", "2", "3", "19", "20", "1000", _NULL_INT]
_ODD_COUNTS = ["0", "5", "7", "-3", "1000", _NULL_INT]
_AMOUNTS = [
    "NUMERIC '0'",
    "NUMERIC '13.99'",
    "NUMERIC '29.5'",
    "NUMERIC '4999.99'",
    "NUMERIC '1e6'",
    "CAST(NULL AS NUMERIC)",
]
_TIERS = ["'budget'", "'mid'", "'premium'", "'luxury'", "'bump'", "'other'", _NULL_TEXT]
_SIZES = [*(f"'{name}'" for name in constants()["account_sizes"]), "'other'", _NULL_TEXT]
_ZONES = ["'GREEN'", "'YELLOW'", "'RED'", _NULL_TEXT]
_DAYS = ["DATE '2026-03-08'", "DATE '2026-03-14'", "DATE '2026-03-15'", "DATE '2025-11-02'", "CAST(NULL AS DATE)"]
# An ordinary noon, both changes of clocks to the second, the second half past one, midnights of Los Angeles.
_INSTANTS = [
    f"TIMESTAMP '{text}+00'"
    for text in (
        "2026-01-14 20:00:00",
        "2026-03-08 09:59:59.999999",
        "2026-03-08 10:00:00",
        "2025-11-02 08:30:00",
        "2025-11-02 09:30:00",
        "2026-02-02 08:00:00",
        "2026-02-02 07:59:59",
    )
]
_LISTS = ["['a', 'B']", "ARRAY<STRING>[]", "['été']", "CAST(NULL AS ARRAY<STRING>)", "['b']"]
_STATUSES = [
    f"'{name}'" for name in ("draft", "locked", "approved", "exported", "sent", "settled", "superseded", "none")
]
_SEEDS = ["'abc'", "''", "'s|w|p|v1'", "'tail 65'", "'tail 57'", "'é'", _NULL_TEXT]
_REPORT = {
    "sent_count": _ODD_COUNTS,
    "viewed_count": _ODD_COUNTS,
    "purchased_count": ["0", "2", "-1", "9", _NULL_INT],
    "price_tier": _TIERS,
    "successes": ["0", "3"],
    "failures": ["1", "4", _NULL_INT],
    "sends": ["5", "50"],
}
_SAMPLE = {"x": ["1.0", "2.0", "2.0", "4.5", _NULL_FLOAT], "y": ["0.5", "0.25", "0.25", "-1.0", "3.0"]}
_WELCH = {
    "ma": ["1.0", "0.2", "0.2000000001"],
    "va": ["0.5", "0.0", "2.25"],
    "na": ["2", "5", "40"],
    "mb": ["0.2", "3.0"],
    "vb": ["0.0", "1.5"],
    "nb": ["5", "3"],
}


@dataclass(frozen=True)
class Macro:
    """Texts that call a macro over columns; each column's values are spread over the cases, ``rows`` in each."""

    calls: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    rows: int = 1

    def cases(self, name: str, settings: SqlSettings, count: int) -> list[Case]:
        """``count`` cases for every call."""
        found = []
        for call in self.calls:
            expression = rendered(name, f"{{{{ m.{call} }}}}", settings)
            taken = combinations(self.columns, count * self.rows)
            for start in range(0, len(taken), self.rows):
                group = taken[start : start + self.rows]
                rows = [f"SELECT {', '.join(f'{text} AS {own}' for own, text in row.items())}" for row in group]
                found.append(Case(f"(SELECT {expression} FROM ({' UNION ALL '.join(rows)}))", exact=False))
        return found


EXPRESSIONS: dict[str, Macro] = {
    "cooldown.too_close": Macro(["too_close('a', 'b')"], {"a": _DAYS, "b": _DAYS[::-1]}),
    "cooldown.is_use": Macro(["is_use('a')"], {"a": ["'cancelled'", "'past'", "''", "'rejected'", _NULL_TEXT]}),
    "health.share": Macro(
        [f"share('a', c.health.parts.{part})" for part in constants()["health"]["parts"]], {"a": _FLOATS}
    ),
    "jobs.utc_period": Macro(["utc_period('a', 6)", "utc_period('a', 6, ago=1)"], {"a": _INSTANTS}),
    "jobs.day_period": Macro(["day_period('a')", "day_period('a', ago=1)"], {"a": _INSTANTS}),
    "learning.purchases": Macro(["purchases()"], _REPORT),
    "learning.missed_views": Macro(["missed_views()"], _REPORT),
    "learning.recipients": Macro(["recipients()"], _REPORT),
    "learning.hits": Macro(["hits()"], _REPORT),
    "learning.misses": Macro(["misses()"], _REPORT),
    "learning.tier_constant": Macro(["tier_constant('a', c.bandit.tier_rate)"], {"a": _TIERS}),
    "learning.prior_strength": Macro(["prior_strength('a', 'b')"], {"a": _SHARES[1:], "b": ["0.5", "1.0", "0.2"]}),
    "learning.fatigue_left": Macro(["fatigue_left('a')"], {"a": _FLOATS}),
    "learning.days_between": Macro(["days_between('a', 'b')"], {"a": _INSTANTS, "b": _INSTANTS[::-1]}),
    "metrics.is_known": Macro([f"is_known('{rate}')" for rate in ("view", "purchase", "unlock")], _REPORT),
    "metrics.hits": Macro([f"hits('{rate}')" for rate in ("view", "purchase", "unlock")], _REPORT),
    "metrics.trials": Macro([f"trials('{rate}')" for rate in ("view", "purchase", "unlock")], _REPORT),
    "metrics.data_status": Macro(["data_status('a')"], {"a": _COUNTS}),
    "pricing.price_for": Macro(["price_for('a', 'b')"], {"a": _TIERS, "b": _AMOUNTS}),
    "report_comparisons.weekday_number": Macro(
        ["weekday_number('a')"], {"a": ["'Sunday'", "'Friday'", "'x'", _NULL_TEXT]}
    ),
    "report_sales.day_type": Macro(["day_type('a')"], {"a": ["1", "2", "6", "7", _NULL_INT]}),
    "report_sold.rounded": Macro(["rounded('a')"], {"a": [*_FLOATS, "1.0000005", "-0.0000005", "1e17"]}),
    "restrictions.listed": Macro(["listed('a', 'b')"], {"a": _LISTS, "b": ["'A'", "'ÉTÉ'", "'b'", "''", _NULL_TEXT]}),
    "restrictions.in_scope": Macro(
        ["in_scope('a', 'b')"], {"a": ["'PPV_ONLY'", "'BUMP_ONLY'", "'ALL'", _NULL_TEXT], "b": _TIERS}
    ),
    "samples.slope": Macro(["slope('x', 'y', 3)"], _SAMPLE, rows=5),
    "samples.correlation": Macro(["correlation('x', 'y', 3)"], _SAMPLE, rows=5),
    "samples.welch_t": Macro(["welch_t('ma', 'va', 'na', 'mb', 'vb', 'nb')"], _WELCH),
    "samples.welch_freedom": Macro(["welch_freedom('va', 'na', 'vb', 'nb')"], _WELCH),
    "samples.normal_deviate_of_t": Macro(
        ["normal_deviate_of_t('a', 'b')"], {"a": _FLOATS, "b": ["1.0", "5.5", "120.0"]}
    ),
    "saturation.view_part": Macro(["view_part('a')"], {"a": _DEVIATIONS}),
    "saturation.earnings_part": Macro(["earnings_part('a')"], {"a": _DEVIATIONS}),
    "saturation.run_part": Macro(["run_part('a')"], {"a": _COUNTS}),
    "saturation.significance_part": Macro(["significance_part('a')"], {"a": [*_FLOATS, "1.5", "2.0"]}),
    "saturation.clipped": Macro(["clipped('a')"], {"a": [*_FLOATS, *_DEVIATIONS]}),
    "saturation.beyond_chance": Macro(["beyond_chance('a', 'b')"], {"a": _DEVIATIONS, "b": _FLOATS}),
    "saturation.zone_of": Macro(["zone_of('a')"], {"a": _SHARES}),
    "saturation.by_zone": Macro(["by_zone('a', 'ppv_multiplier')", "by_zone('a', 'extra_gap_minutes')"], {"a": _ZONES}),
    "segments.segment_of": Macro(["segment_of('a', 'b')"], {"a": _COUNTS, "b": [*_SHARES, "0.005", "0.05"]}),
    "selection.group_of": Macro(["group_of('a')"], {"a": _TIERS}),
    "sizes.size_of": Macro(["size_of('a')"], {"a": [*_AMOUNTS, "NUMERIC '5000'", "NUMERIC '499999.99'"]}),
    "sizes.by_size": Macro(["by_size('a', 'base_ppv')", "by_size('a', 'ppv_range', 1)"], {"a": _SIZES}),
    "statistics.median": Macro(["median('x')"], _SAMPLE, rows=6),
    "statistics.shrunk": Macro(
        ["shrunk('a', 'b', 'e')"], {"a": ["0.0", "3.0"], "b": ["0.0", "40.0"], "e": ["0.02", "0.5"]}
    ),
    "statistics.pulled": Macro(
        ["pulled('a', 'b', 'e', 'f', 16)"], {"a": _FLOATS, "b": _COUNTS, "e": _SHARES, "f": _SHARES}
    ),
    "statistics.robust_spread": Macro(["robust_spread('a', 'b')"], {"a": _FLOATS, "b": _SHARES}),
    "statistics.normal_cdf_below": Macro(["normal_cdf_below('a')"], {"a": _FLOATS}),
    "status.may_follow": Macro(["may_follow('a', 'b')"], {"a": [*_STATUSES, _NULL_TEXT], "b": _STATUSES}),
    "status.event_id": Macro(["event_id('a', 'b', 'i')"], {"a": _SEEDS, "b": _STATUSES, "i": _INSTANTS}),
    "time.local_day": Macro(["local_day('a')"], {"a": _INSTANTS}),
    "time.local_hour": Macro(["local_hour('a')"], {"a": _INSTANTS}),
    "time.local_weekday": Macro(["local_weekday('a')"], {"a": _INSTANTS}),
    "time.day_start": Macro(["day_start('a')"], {"a": _DAYS}),
    "time.on_completed_days": Macro(["on_completed_days('a', 7, 'b')"], {"a": _INSTANTS, "b": _INSTANTS[::-1]}),
    "time.coming_monday": Macro(["coming_monday('a')"], {"a": _INSTANTS}),
    "time.local_text": Macro(["local_text('a')"], {"a": _INSTANTS}),
    "volume.factor_sum": Macro(["factor_sum()"], {"factor": ["0.7", "0.1", "1.0", "0.3333333333"]}, rows=3),
    "volume.weekly_target": Macro(
        [f"weekly_target('{kind}', 'a', 'b', 'f')" for kind in ("ppv", "bump")],
        {"a": _SIZES, "b": _ZONES, "f": ["NUMERIC '7'", "NUMERIC '6.3'", "NUMERIC '0'", "NUMERIC '5.833333333'"]},
    ),
    "wilson.uniform": Macro(["uniform('a')"], {"a": _SEEDS}),
    "wilson.normal_quantile": Macro(
        ["normal_quantile('u', 'SQRT(-2 * LN(LEAST(u, 1 - u)))', '(u - 0.5)', '((u - 0.5) * (u - 0.5))')"],
        {"u": ["0.0001", "0.02424", "0.02425", "0.3", "0.5", "0.97575", "0.99", _NULL_FLOAT]},
    ),
    "wilson.bound": Macro(
        ["bound('s', 'n', 'v', '(-1.96)')", "bound('s', 'n', 'v', '1.96')"],
        {"s": ["0.0", "3.0", "50.0"], "n": ["50.0", "70.5"], "v": ["0.0", "2.5", "12.25", _NULL_FLOAT]},
    ),
}
