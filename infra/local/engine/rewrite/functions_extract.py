"""EXTRACT, of a point in time or of the INTERVAL between two: the one INTERVAL there is, for none is kept."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_times import MICROSECONDS, UTC, local_time, unit_of, zone_of
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, int_value, let, runtime
from infra.local.engine.types import DATE, DATETIME, INT64, TIME, TIMESTAMP


def _extract(node: exp.Extract, translator: Translator) -> Value:
    only(node, "this", "expression")
    name, first_day = unit_of(node.this)
    name = "ISOWEEK" if node.this.name.upper() == "ISOWEEK" and not isinstance(node.this, exp.WeekStart) else name
    operand, zone = node.expression, UTC
    if isinstance(operand.unnest(), exp.Sub):
        difference = _difference(operand.unnest(), name, translator)
        if difference is not None:
            return difference
    if isinstance(operand, exp.AtTimeZone):
        operand, zone = operand.this, zone_of(operand.args["zone"], translator)
    value = translator.value(operand)
    local = value if value.type == TIME else local_time(value, zone)
    return Value(let([local], lambda text: _part(name, text, first_day)), _EXTRACTED.get(name, INT64))


_EXTRACTED = {"DATE": DATE, "TIME": TIME, "DATETIME": DATETIME}
_PLAIN_PARTS = {"SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "QUARTER", "YEAR", "ISOYEAR"}


def _part(name: str, local: str, first_day: int) -> str:
    if name in _PLAIN_PARTS:
        return f"extract({name} FROM {local})"
    if name in _EXTRACTED:
        return cast_text(local, _EXTRACTED[name])
    if name == "WEEK":
        return runtime("week_of_year", local, str(first_day))
    special = {
        "MICROSECOND": f"(extract(MICROSECOND FROM {local}) % 1000000)",
        "MILLISECOND": f"(extract(MILLISECOND FROM {local}) % 1000)",
        "DAYOFWEEK": f"(extract(DOW FROM {local}) + 1)",
        "DAYOFYEAR": f"extract(DOY FROM {local})",
        "ISOWEEK": f"extract(WEEK FROM {local})",
    }
    if name not in special:
        raise UnsupportedError(f"EXTRACT({name})")
    return special[name]


_LARGER = {"MICROSECOND": "SECOND", "MILLISECOND": "SECOND", "SECOND": "MINUTE", "MINUTE": "HOUR", "HOUR": "DAY"}


def _difference(node: exp.Sub, name: str, translator: Translator) -> Value | None:
    """EXTRACT(part FROM a - b) for two points in time; None when the difference is no INTERVAL.

    Between TIMESTAMPs an INTERVAL has hours and less, between DATEs days, between DATETIMEs both; its parts are cut
    towards zero.
    """
    operands = translator.values([node.this, node.expression])
    kinds = {operand.type for operand in operands}
    if kinds not in ({DATE}, {TIMESTAMP}, {DATETIME}, {DATE, DATETIME}):
        return None
    kind = DATETIME if len(kinds) > 1 else operands[0].type
    after, before = (coerce(operand, kind).sql for operand in operands)
    if name not in ("YEAR", "MONTH", *MICROSECONDS):
        raise AnalysisError(f"Unsupported date part {name} in EXTRACT FROM INTERVAL")
    if kind == DATE:
        return Value(f"(({after} - {before}){'' if name == 'DAY' else ' * 0'})", INT64)
    elapsed = f"(epoch_us({after}) - epoch_us({before}))"
    if name in ("YEAR", "MONTH") or (name == "DAY" and kind == TIMESTAMP):
        return Value(f"({elapsed} * 0)", INT64)
    larger = _LARGER.get(name)
    if larger and not (name == "HOUR" and kind == TIMESTAMP):
        elapsed = f"({elapsed} % {int_value(MICROSECONDS[larger]).sql})"
    return Value(f"({elapsed} // {int_value(MICROSECONDS[name]).sql})", INT64)


RULES: dict[type[exp.Expr], Rule] = {exp.Extract: _extract}
