"""Arithmetic on dates and times: moving them, their differences, epochs, series, and the clock."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_times import DAYS, MICROSECONDS, MONTHS, local_time, unit_of, zone_of
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, int_value, let, runtime
from infra.local.engine.types import DATE, DATETIME, INT64, STRING, TIME, TIMESTAMP, DataType, array_of

# Addition


def amount_of(node: exp.Expr, translator: Translator) -> Value:
    """The number of an INTERVAL; sqlglot turns literal numbers into strings there."""
    if isinstance(node, exp.Neg):
        return Value(f"(-{amount_of(node.this, translator).sql})", INT64, simple=True)
    if isinstance(node, exp.Literal):
        try:
            return int_value(int(str(node.this)))
        except ValueError:
            raise UnsupportedError(f"INTERVAL {node.this!r}") from None
    return translator.typed(node, INT64, "INTERVAL")


def shift(value: Value, amount: Value, unit: str, sign: str) -> Value:
    """``value`` moved by ``amount`` units; a TIMESTAMP moves by elapsed time, the others by the calendar.

    The macros around the result raise beyond the years 1 and 9999.
    """
    if unit in MONTHS and value.type in (DATE, DATETIME):
        moved = f"({value.sql} {sign} to_months(CAST({amount.sql} * {MONTHS[unit]} AS INTEGER)))"
        if value.type == DATE:
            return Value(runtime("date_of", cast_text(moved, DATE)), DATE)
        return Value(runtime("datetime_of", f"epoch_us({moved})"), DATETIME)
    if unit in DAYS and value.type == DATE:
        return Value(runtime("date_of", f"({value.sql} {sign} CAST({amount.sql} * {DAYS[unit]} AS INTEGER))"), DATE)
    if unit not in MICROSECONDS and (value.type == TIMESTAMP or unit != "WEEK"):
        raise AnalysisError(f"{value.type}_ADD does not support the {unit} date part")
    size = int_value(MICROSECONDS["DAY"] * 7 if unit == "WEEK" else MICROSECONDS[unit]).sql
    if value.type in (TIMESTAMP, DATETIME):
        macro = "instant_of" if value.type == TIMESTAMP else "datetime_of"
        return Value(runtime(macro, f"(epoch_us({value.sql}) {sign} ({amount.sql} * {size}))"), value.type)
    if value.type == TIME and unit not in DAYS:
        return Value(f"({value.sql} {sign} to_microseconds({amount.sql} * {size}))", TIME)
    raise AnalysisError(f"{value.type} cannot be moved by {unit}")


def _shift(sign: str, wanted: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this", "expression", "unit")
        value = translator.value(node.this)
        if value.type == STRING and value.literal:
            value = coerce(value, wanted)
        if value.type not in (DATE, DATETIME, TIMESTAMP, TIME) or (wanted == DATETIME and value.type == DATE):
            value = coerce(value, wanted, f"First argument of {wanted}_ADD")
        amount = amount_of(node.expression, translator)
        return shift(value, amount, unit_of(node.args.get("unit"))[0], sign)

    return rule


def shift_by_interval(value: Value, interval: exp.Interval, sign: str, translator: Translator) -> Value:
    """``x + INTERVAL n PART``; a DATE becomes a DATETIME by it, as in GoogleSQL."""
    only(interval, "this", "unit")
    if not isinstance(interval.args.get("unit"), exp.Var):
        raise UnsupportedError("INTERVAL with several parts")
    unit = unit_of(interval.args["unit"])[0]
    moved = coerce(value, DATETIME) if value.type == DATE else value
    return shift(moved, amount_of(interval.this, translator), unit, sign)


# Differences


def _calendar_diff(unit: str, first_day: int) -> Callable[[str, str], str]:
    if unit == "DAY":
        return lambda a, b: f"(CAST({a} AS DATE) - CAST({b} AS DATE))"
    if unit == "WEEK":
        shift_days = (4 - first_day) % 7
        return lambda a, b: runtime("week_difference", a, b, str(shift_days))
    if unit in ("MONTH", "QUARTER", "YEAR", "ISOYEAR"):
        return lambda a, b: runtime(f"{unit.lower()}_difference", a, b)
    raise UnsupportedError(f"A difference in {unit}")


def _difference(wanted: DataType) -> Rule:
    """DATE_DIFF and DATETIME_DIFF count boundaries; TIMESTAMP_DIFF and TIME_DIFF count whole elapsed units."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this", "expression", "unit", "date_part_boundary")
        operands = [translator.value(side) for side in (node.this, node.expression)]
        kind = TIMESTAMP if all(o.type == TIMESTAMP for o in operands) else wanted
        operands = [coerce(o, kind, f"Argument of {wanted}_DIFF") for o in operands]
        unit, first_day = unit_of(node.args.get("unit"))
        if kind in (TIMESTAMP, TIME):
            if unit not in MICROSECONDS:
                raise AnalysisError(f"TIMESTAMP_DIFF does not support the {unit} date part")
            micros = "epoch_us({})" if kind == TIMESTAMP else "date_diff('microsecond', TIME '00:00:00', {})"
            a, b = (micros.format(o.sql) for o in operands)
            return Value(f"(({a} - {b}) // {int_value(MICROSECONDS[unit]).sql})", INT64)
        if kind == DATETIME and unit in MICROSECONDS and unit != "DAY":
            size = int_value(MICROSECONDS[unit]).sql
            a, b = (runtime("floor_divide", f"epoch_us({o.sql})", size) for o in operands)
            return Value(f"({a} - {b})", INT64)
        return Value(cast_text(let(operands, _calendar_diff(unit, first_day)), INT64), INT64)

    return rule


# Clock and epoch


def _current(data_type: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        now = translator.statement.now()
        if data_type == TIMESTAMP:
            return now
        local = local_time(now, zone_of(node.this, translator))
        return Value(cast_text(local.sql, data_type), data_type)

    return rule


def _to_epoch(divisor: int) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        micros = f"epoch_us({translator.typed(node.this, TIMESTAMP, 'Argument').sql})"
        if divisor == 1:
            return Value(micros, INT64)
        return Value(let([Value(micros, INT64)], lambda u: runtime("floor_divide", u, str(divisor))), INT64)

    return rule


def _from_epoch(node: exp.UnixToTime, translator: Translator) -> Value:
    only(node, "this", "scale")
    factor = 10 ** (6 - int(node.text("scale") or "0"))
    number = translator.typed(node.this, INT64, "Argument")
    return Value(runtime("instant_of", f"({number.sql} * {int_value(factor).sql})"), TIMESTAMP)


def _unix_date(node: exp.UnixDate, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"({translator.typed(node.this, DATE, 'Argument').sql} - DATE '1970-01-01')", INT64)


def _from_unix_date(node: exp.DateFromUnixDate, translator: Translator) -> Value:
    only(node, "this")
    days = translator.typed(node.this, INT64, "Argument").sql
    return Value(runtime("date_of", f"(DATE '1970-01-01' + CAST({days} AS INTEGER))"), DATE)


# Series


def _series(element: DataType) -> Rule:
    """GENERATE_DATE_ARRAY and GENERATE_TIMESTAMP_ARRAY."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "start", "end", "step")
        start, end = (translator.typed(node.args[side], element, "Bound") for side in ("start", "end"))
        step = node.args["step"]
        unit = unit_of(step.args.get("unit"))[0]
        amount = amount_of(step.this, translator).sql
        if element == TIMESTAMP:
            if unit not in MICROSECONDS:
                raise AnalysisError(f"GENERATE_TIMESTAMP_ARRAY does not support the {unit} date part")
            micros = f"({amount} * {int_value(MICROSECONDS[unit]).sql})"
            text = runtime("timestamp_series", start.sql, end.sql, micros)
        elif unit in DAYS or unit in MONTHS:
            step = ("to_days", DAYS[unit]) if unit in DAYS else ("to_months", MONTHS[unit])
            text = runtime(
                "date_series", start.sql, end.sql, amount, f"{step[0]}(CAST({amount} * {step[1]} AS INTEGER))"
            )
        else:
            raise AnalysisError(f"GENERATE_DATE_ARRAY does not support the {unit} date part")
        return Value(text, array_of(element))

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.DateAdd: _shift("+", DATE),
    exp.DateSub: _shift("-", DATE),
    exp.DatetimeAdd: _shift("+", DATETIME),
    exp.DatetimeSub: _shift("-", DATETIME),
    exp.TimestampAdd: _shift("+", TIMESTAMP),
    exp.TimestampSub: _shift("-", TIMESTAMP),
    exp.TimeAdd: _shift("+", TIME),
    exp.TimeSub: _shift("-", TIME),
    exp.DateDiff: _difference(DATE),
    exp.DatetimeDiff: _difference(DATETIME),
    exp.TimestampDiff: _difference(TIMESTAMP),
    exp.TimeDiff: _difference(TIME),
    exp.CurrentTimestamp: _current(TIMESTAMP),
    exp.CurrentDate: _current(DATE),
    exp.CurrentDatetime: _current(DATETIME),
    exp.UnixSeconds: _to_epoch(1_000_000),
    exp.UnixMillis: _to_epoch(1_000),
    exp.UnixMicros: _to_epoch(1),
    exp.UnixToTime: _from_epoch,
    exp.UnixDate: _unix_date,
    exp.DateFromUnixDate: _from_unix_date,
    exp.GenerateDateArray: _series(DATE),
    exp.GenerateTimestampArray: _series(TIMESTAMP),
}
