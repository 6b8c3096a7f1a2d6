"""Routines, views and scheduled scripts read no clock; take the instant as p_as_of, or @run_time in a scheduled one.

Then a run can be repeated as of any instant. A scheduled script has no parameter but @run_time; @run_date is the date
in UTC. The scripts in queries/ run once, for whoever asks, and may ask the time.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax.sql import exp

_CLOCKS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "CURRENT_DATE",
    exp.CurrentDatetime: "CURRENT_DATETIME",
    exp.CurrentTime: "CURRENT_TIME",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP",
}
_TIMELESS = ("functions", "table_functions", "procedures", "views", "scheduled_queries")


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """CURRENT_* in what must not know the time, and parameters of a scheduled script besides @run_time."""
    for piece in asset.pieces if asset.kind in _TIMELESS else ():
        for node in piece.tree.find_all(*_CLOCKS):
            yield Hit(piece.offset(node), _CLOCKS[type(node)])
        for parameter in piece.tree.find_all(exp.Parameter):
            if asset.kind == "scheduled_queries" and _is_named(parameter) and parameter.name.lower() != "run_time":
                yield Hit(piece.offset(parameter), f"@{parameter.name}")


def _is_named(parameter: exp.Parameter) -> bool:
    """Whether it is @name: sqlglot reads @@name as a parameter of a parameter."""
    return isinstance(parameter.this, exp.Var) and not isinstance(parameter.parent, exp.Parameter)
