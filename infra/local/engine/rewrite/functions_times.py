"""DATE, DATETIME, TIME and TIMESTAMP functions.

A TIMESTAMP is an instant; every calendar question about it is asked of its local time in a named zone, UTC when the
call names none. DuckDB's session zone never takes part. DuckDB type TIMESTAMP is GoogleSQL's DATETIME.
"""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.casts import convert
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, int_value, let, runtime, string_value
from infra.local.engine.types import DATE, DATETIME, INT64, STRING, TIME, TIMESTAMP, DataType
from infra.local.engine.zones import known_zones

WEEKDAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
MICROSECONDS = {
    "MICROSECOND": 1,
    "MILLISECOND": 1_000,
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000,
}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
DAYS = {"DAY": 1, "WEEK": 7}
UTC = string_value("UTC")


def unit_of(node: exp.Expr | None) -> tuple[str, int]:
    """(part name, first day of the week): WEEK starts on day 0, Sunday; WEEK(MONDAY) and ISOWEEK on day 1."""
    if isinstance(node, exp.WeekStart):
        if node.name.upper() not in WEEKDAYS:
            raise AnalysisError(f"A valid date part argument is required, not WEEK({node.name})")
        return "WEEK", WEEKDAYS.index(node.name.upper())
    if node is None:
        raise AnalysisError("A valid date part name is required")
    name = node.name.upper()
    if name.startswith("WEEK(") and name[5:-1] in WEEKDAYS:
        return "WEEK", WEEKDAYS.index(name[5:-1])
    return ("WEEK", 1) if name == "ISOWEEK" else (name, 0)


def zone_of(node: exp.Expr | None, translator: Translator) -> Value:
    """The time zone argument; UTC when it is missing."""
    zone = translator.optional(node, STRING, "Time zone")
    if zone is None or zone.text in known_zones():
        return zone or UTC
    if zone.text is None:
        return Value(let([zone], lambda z: runtime("known_zone", z)), STRING)
    raise UnsupportedError(f"Time zone {zone.text!r} (only names such as America/Los_Angeles)")


def local_time(value: Value, zone: Value = UTC) -> Value:
    """The DATETIME of an instant in a zone; of a DATE or DATETIME, itself."""
    if value.type == TIMESTAMP:
        if zone.text == "UTC":
            return Value(f"({value.sql} AT TIME ZONE 'UTC')", DATETIME)
        return Value(runtime("local_of", value.sql, zone.sql), DATETIME)
    if value.type in (DATE, DATETIME):
        return coerce(value, DATETIME)
    raise AnalysisError(f"A DATE, DATETIME or TIMESTAMP is required, not {value.type}")


def instant(local: Value, zone: Value) -> Value:
    """The TIMESTAMP of a DATETIME in a zone; the first of two at fall-back, as in BigQuery."""
    if zone.text == "UTC":
        return Value(f"({local.sql} AT TIME ZONE 'UTC')", TIMESTAMP)
    return Value(let([local, zone], lambda dt, z: runtime("local_to_timestamp", dt, z)), TIMESTAMP)


# Constructors and conversions


def _date(node: exp.Date, translator: Translator) -> Value:
    only(node, "this", "zone")
    value = translator.value(node.this)
    if value.type == DATE and node.args.get("zone") is None:
        return value
    local = local_time(value, zone_of(node.args.get("zone"), translator))
    return Value(cast_text(local.sql, DATE), DATE)


def _from_parts(function: str, names: tuple[str, ...], data_type: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, *names)
        parts = [translator.typed(node.args[name], INT64, f"Argument of {data_type}").sql for name in names]
        return Value(f"{function}({', '.join(parts)})", data_type)

    return rule


def _timestamp(node: exp.Timestamp, translator: Translator) -> Value:
    only(node, "this", "zone", "with_tz")
    value, zone = translator.value(node.this), zone_of(node.args.get("zone"), translator)
    if value.type == TIMESTAMP:
        return value
    if value.type == STRING and node.args.get("zone") is None:
        return convert(value, TIMESTAMP)
    if value.type == STRING:
        return Value(let([value, zone], lambda text, z: runtime("text_to_timestamp_in", text, z)), TIMESTAMP)
    return instant(local_time(value), zone)


def _datetime(node: exp.Datetime, translator: Translator) -> Value:
    only(node, "this", "expression")
    value, second = translator.value(node.this), translator.value(node.expression)
    if value.type == TIMESTAMP:
        return local_time(value, zone_of(node.expression, translator))
    if value.type == DATE and second.type == TIME:
        return Value(f"({value.sql} + {second.sql})", DATETIME)
    raise AnalysisError(f"No matching signature for function DATETIME for argument types: {value.type}, {second.type}")


def _to_datetime(node: exp.TsOrDsToDatetime, translator: Translator) -> Value:
    only(node, "this")
    value = translator.value(node.this)
    return coerce(value, DATETIME) if value.type == STRING else local_time(value)


def _text_of_timestamp(value: Value, node: exp.String, translator: Translator) -> Value:
    zone = zone_of(node.args.get("zone"), translator)
    return Value(let([coerce(value, TIMESTAMP), zone], lambda t, z: runtime("timestamp_to_text_in", t, z)), STRING)


def string_of(node: exp.String, translator: Translator) -> Value:
    """STRING(timestamp [, zone]), STRING(date), STRING(json)."""
    only(node, "this", "zone")
    value = translator.value(node.this)
    if value.type == TIMESTAMP:
        return _text_of_timestamp(value, node, translator)
    if value.type.kind == "JSON":
        return Value(runtime("json_string", value.sql), STRING)
    raise UnsupportedError(f"STRING of {value.type}")


# Truncation


def truncate_local(text: str, unit: str, first_day: int) -> str:
    """DuckDB text of a DATETIME cut down to a calendar unit."""
    if unit == "WEEK":
        return runtime("week_start", text, str(first_day))
    if unit == "ISOYEAR":
        return runtime("iso_year_start", text)
    if unit in MICROSECONDS or unit in MONTHS:
        return f"date_trunc('{unit.lower()}', {text})"
    raise UnsupportedError(f"Truncation to {unit}")


def _truncate(node: exp.Func, translator: Translator) -> Value:
    """DATE_TRUNC, DATETIME_TRUNC and TIMESTAMP_TRUNC: what counts is the type of the first argument."""
    only(node, "this", "unit", "zone")
    value = translator.value(node.this)
    if value.type == STRING and value.literal:
        value = coerce(value, DATE if isinstance(node, exp.DateTrunc) else TIMESTAMP)
    unit, first_day = unit_of(node.args.get("unit"))
    if value.type == TIMESTAMP:
        zone = zone_of(node.args.get("zone"), translator)
        if unit in MICROSECONDS and unit != "DAY":
            size = int_value(MICROSECONDS[unit]).sql
            return Value(let([value, zone], lambda t, z: runtime("truncate_instant", t, z, size)), TIMESTAMP)
        shown = (
            local_time(value) if zone.text == "UTC" else Value(runtime("local_shown", value.sql, zone.sql), DATETIME)
        )
        local = Value(truncate_local(shown.sql, unit, first_day), DATETIME)
        return instant(Value(cast_text(local.sql, DATETIME), DATETIME), zone)
    if value.type == DATE and unit in MICROSECONDS and unit != "DAY":
        raise AnalysisError(f"DATE_TRUNC does not support the {unit} date part")
    cut = truncate_local(local_time(value).sql, unit, first_day)
    return Value(cast_text(cut, value.type), value.type)


def _last_day(node: exp.LastDay, translator: Translator) -> Value:
    only(node, "this", "unit")
    if node.args.get("unit") is not None and unit_of(node.args["unit"])[0] != "MONTH":
        raise UnsupportedError(f"LAST_DAY of {node.args['unit'].name}")
    return Value(cast_text(f"last_day({cast_text(local_time(translator.value(node.this)).sql, DATE)})", DATE), DATE)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Date: _date,
    exp.DateFromParts: _from_parts("make_date", ("year", "month", "day"), DATE),
    exp.TimestampFromParts: _from_parts("make_timestamp", ("year", "month", "day", "hour", "min", "sec"), DATETIME),
    exp.TimeFromParts: _from_parts("make_time", ("hour", "min", "sec"), TIME),
    exp.Timestamp: _timestamp,
    exp.Datetime: _datetime,
    exp.TsOrDsToDatetime: _to_datetime,
    exp.String: string_of,
    exp.DateTrunc: _truncate,
    exp.TimestampTrunc: _truncate,
    exp.DatetimeTrunc: _truncate,
    exp.LastDay: _last_day,
}
