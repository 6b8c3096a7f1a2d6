"""FORMAT_* and PARSE_*: dates and times by format string. Only literal ones, because each directive is translated.

sqlglot has already replaced a few of BigQuery's directives by Python's; the comments name them.
"""

from __future__ import annotations

import re

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_times import UTC, instant, local_time, zone_of
from infra.local.engine.rewrite.names import UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, let, runtime, string_value
from infra.local.engine.types import DATE, DATETIME, STRING, TIMESTAMP, DataType

_DIRECTIVE = re.compile(r"%S\.%f|%-d|%E\*S|%E\dS|%Ez|%E4Y|%.?|[^%]+", re.DOTALL)
_OF_TIMES = re.compile(r"%(?:S\.%f|E.S|[HIkKlMpPRSTcXrsz]|Ez)")
_SHARED = set("YmdHIMSpAaBbjyGVUWuw")
_EXPANDED = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%h": "%b", "%E4Y": "%Y"}
_FIXED = {"%n": "'\n'", "%t": "'\t'"}
_PADDED = {"%e": "%-d", "%-d": "%-d", "%k": "%-H", "%l": "%-I"}  # %-d is sqlglot's spelling of %e


def format_pieces(text: str, local: str, moment: str | None, zone: str) -> str:
    """DuckDB text that formats ``local`` (a DATETIME); ``moment`` is the instant, None when there is no zone."""
    if "%%" in text:
        raise UnsupportedError("%% in a date or time format")
    pieces: list[str] = []
    for match in _DIRECTIVE.finditer(text):
        directive = match.group()
        if not directive.startswith("%"):
            pieces.append(string_value(directive).sql)
        else:
            pieces.append(_directive(_EXPANDED.get(directive, directive), local, moment, zone))
    return f"({' || '.join(pieces)})" if pieces else "''"


def _directive(directive: str, local: str, moment: str | None, zone: str) -> str:
    if directive == "%":
        raise UnsupportedError("A % at the end of a date or time format")
    if directive in _FIXED:
        return _FIXED[directive]
    if directive in _PADDED:
        return f"lpad(strftime({local}, '{_PADDED[directive]}'), 2, ' ')"
    if fraction := re.fullmatch(r"%E(\d|\*)S", directive):
        return _seconds(fraction.group(1), local)
    if directive == "%S.%f":  # sqlglot's spelling of %E6S
        return f"strftime({local}, '%S.%f')"
    if directive == "%Q":
        return f"CAST(quarter({local}) AS VARCHAR)"
    if directive == "%P":
        return f"lower(strftime({local}, '%p'))"
    if moment is not None and directive in ("%Ez", "%z"):
        return runtime("offset_text", moment, zone, "':'" if directive == "%Ez" else "''")
    if moment is not None and directive == "%s":
        return f"CAST({runtime('floor_divide', f'epoch_us({moment})', '1000000')} AS VARCHAR)"
    if moment is not None and directive == "%Z" and zone == UTC.sql:
        return UTC.sql
    if all(part[1:] in _SHARED for part in re.findall(r"%.", directive)):
        return f"strftime({local}, '{directive}')"
    raise UnsupportedError(f"{directive} in a date or time format")


def _seconds(digits: str, local: str) -> str:
    if digits in "789":
        raise UnsupportedError(f"%E{digits}S in a date or time format")
    if digits == "0":
        return f"strftime({local}, '%S')"
    if digits == "*":
        return f"rtrim(rtrim(strftime({local}, '%S.%f'), '0'), '.')"
    return f"left(strftime({local}, '%S.%f'), {3 + int(digits)})"


def literal_format(node: exp.Expr, what: str) -> str:
    """The text of a format that is written out; others are refused by name."""
    if not isinstance(node, exp.Literal | exp.RawString):
        raise UnsupportedError(f"{what} with a format that is not a literal")
    return str(node.this)


def _format_time(node: exp.TimeToStr, translator: Translator) -> Value:
    """FORMAT_TIMESTAMP, FORMAT_DATE, FORMAT_DATETIME, FORMAT_TIME: sqlglot wraps the operand by its function."""
    only(node, "this", "format", "zone")
    text = literal_format(node.args["format"], "FORMAT_*")
    wrapper = node.this
    wanted = {
        exp.TsOrDsToTimestamp: TIMESTAMP,
        exp.TsOrDsToDate: DATE,
        exp.TsOrDsToDatetime: DATETIME,
    }.get(type(wrapper))
    if wanted is None:
        raise UnsupportedError("Function FORMAT_TIME")
    value = translator.value(wrapper.this)
    if wanted == DATE and value.type in (DATETIME, TIMESTAMP):
        value = Value(cast_text(local_time(value).sql, DATE), DATE)
    value = coerce(value, wanted, "Second argument of FORMAT_*")
    zone = zone_of(node.args.get("zone"), translator)
    if wanted == DATE and _OF_TIMES.search(text.replace("%%", "")):
        raise UnsupportedError("A time of the day in the format of a DATE")
    if wanted != TIMESTAMP:
        return Value(let([local_time(value)], lambda local: format_pieces(text, local, None, UTC.sql)), STRING)

    def build(moment: str, zone_text: str) -> str:
        local = runtime("local_shown", moment, zone_text)
        return format_pieces(text, local, moment, zone_text)

    return Value(let([value, zone], build), STRING)


# Parsing

_PARSED = set("YmdHMSfyjbBIp")
# Texts that only one of the two engines takes: they are refused when they are met. By what the format must hold.
_DOUBTFUL = (
    (re.compile("%S"), r":\d\d:60|\.\d{7}"),  # leap seconds, more digits than a microsecond has
    (re.compile("%z"), r"[Zz]$"),
    (re.compile(r"%Y($|[^%])"), r"(^|\D)0\d{4}(\D|$)"),
)


def _parse_formats(text: str, wanted: DataType) -> list[str]:
    """DuckDB formats for one of BigQuery's, which takes optional fractions (%E*S) and any length of a month's name."""
    if "%%" in text:
        raise UnsupportedError("%% in a date or time format")
    if wanted == DATE and _OF_TIMES.search(text):
        raise UnsupportedError("PARSE_DATE with a time of the day in its format")
    pieces: list[str] = []
    for match in _DIRECTIVE.finditer(text):
        directive = _EXPANDED.get(match.group(), match.group())
        directive = {"%e": "%-d", "%Ez": "%z", "%S.%f": "%E6S"}.get(directive, directive)
        known = all(part[1:] in _PARSED for part in re.findall(r"%.", directive))
        if not known and directive not in ("%z", "%E*S", "%-d"):
            raise UnsupportedError(f"{directive} in a format to parse")
        pieces.append(directive)
    formats = ["".join(pieces)]
    for directive, choices in (("%E*S", ("%S.%f", "%S")), ("%b", ("%b", "%B")), ("%B", ("%B", "%b"))):
        formats = [each.replace(directive, choice) for each in formats for choice in choices]
    return list(dict.fromkeys(formats))


def parse_time(node: exp.Func, translator: Translator, safe: bool) -> Value:
    """PARSE_DATE, PARSE_DATETIME, PARSE_TIMESTAMP; ``safe`` gives NULL for text that does not fit."""
    only(node, "this", "format", "zone", "default_year")
    wanted = {exp.StrToDate: DATE, exp.StrToTime: TIMESTAMP, exp.ParseDatetime: DATETIME}[type(node)]
    text = translator.typed(node.this, STRING, "Second argument of PARSE_*")
    given = literal_format(node.args["format"], "PARSE_*")
    formats = _parse_formats(given, wanted)
    if not any(part in formats[0] for part in ("%Y", "%y")):
        raise UnsupportedError("PARSE_* with a format that has no year")
    listed = ", ".join(string_value(each).sql for each in formats)
    doubtful = "|".join(found for wanting, found in _DOUBTFUL if wanting.search(formats[0])) or "$.^"
    colons = "[+-]\\d{2}:" if "%z" in formats[0] and "%Ez" not in given else "$.^"
    zone = zone_of(node.args.get("zone"), translator)

    def build(source: str) -> str:
        checks = (string_value(each).sql for each in (doubtful, colons))
        parsed = runtime("parsed_text", source, f"try_strptime({source}, [{listed}])", *checks)
        return parsed if safe else runtime("parsed", parsed, source)

    local = Value(let([text], build), DATETIME)
    if "%z" in formats[0]:
        if wanted != TIMESTAMP:
            raise UnsupportedError("A time zone in PARSE_DATE or PARSE_DATETIME")
        return Value(cast_text(local.sql, TIMESTAMP), TIMESTAMP)
    if wanted == TIMESTAMP:
        return instant(local, zone)
    return Value(cast_text(local.sql, wanted), wanted)


def _parse(node: exp.Func, translator: Translator) -> Value:
    return parse_time(node, translator, safe=False)


RULES: dict[type[exp.Expr], Rule] = {
    exp.TimeToStr: _format_time,
    exp.StrToDate: _parse,
    exp.StrToTime: _parse,
    exp.ParseDatetime: _parse,
}
