"""FORMAT_*, PARSE_* and FORMAT: text by format string. Only literal formats, because each directive is translated.

sqlglot has already replaced a few of BigQuery's directives by Python's; the comments name them.
"""

from __future__ import annotations

import re

from sqlglot import exp

from infra.local.engine.rewrite.casts import convert
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_times import UTC, instant, local_time, zone_of
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, let, runtime, string_value
from infra.local.engine.types import BOOL, DATE, DATETIME, FLOAT64, INT64, NUMERIC, STRING, TIME, TIMESTAMP

_DIRECTIVE = re.compile(r"%-d|%E\*S|%E\dS|%Ez|%E4Y|%.|[^%]+", re.DOTALL)
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
    if directive in _FIXED:
        return _FIXED[directive]
    if directive in _PADDED:
        return f"lpad(strftime({local}, '{_PADDED[directive]}'), 2, ' ')"
    if fraction := re.fullmatch(r"%E(\d|\*)S", directive):
        return _seconds(fraction.group(1), local)
    if directive == "%f":  # sqlglot's spelling of the fraction in %E6S
        return f"strftime({local}, '%f')"
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
    if digits == "0":
        return f"strftime({local}, '%S')"
    if digits == "*":
        return f"rtrim(rtrim(strftime({local}, '%S.%f'), '0'), '.')"
    return f"left(strftime({local}, '%S.%f'), {3 + int(digits)})"


def _literal_format(node: exp.Expr, what: str) -> str:
    if not isinstance(node, exp.Literal | exp.RawString):
        raise UnsupportedError(f"{what} with a format that is not a literal")
    return str(node.this)


def _format_time(node: exp.TimeToStr, translator: Translator) -> Value:
    """FORMAT_TIMESTAMP, FORMAT_DATE, FORMAT_DATETIME, FORMAT_TIME: sqlglot wraps the operand by its function."""
    only(node, "this", "format", "zone")
    text = _literal_format(node.args["format"], "FORMAT_*")
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
    if wanted != TIMESTAMP:
        return Value(let([local_time(value)], lambda local: format_pieces(text, local, None, UTC.sql)), STRING)

    def build(moment: str, zone_text: str) -> str:
        local = f"({moment} AT TIME ZONE {zone_text})"
        return format_pieces(text, local, moment, zone_text)

    return Value(let([value, zone], build), STRING)


# Parsing

_PARSED = set("YmdHMSfyjbBIp")


def _parse_formats(text: str) -> list[str]:
    """DuckDB formats for one of BigQuery's; two when the fraction of the second is optional (%E*S)."""
    if "%%" in text:
        raise UnsupportedError("%% in a date or time format")
    pieces: list[str] = []
    for match in _DIRECTIVE.finditer(text):
        directive = _EXPANDED.get(match.group(), match.group())
        directive = {"%e": "%-d", "%Ez": "%z"}.get(directive, directive)
        known = all(part[1:] in _PARSED for part in re.findall(r"%[^-E]", directive))
        if not known and directive not in ("%z", "%E*S", "%-d"):
            raise UnsupportedError(f"{directive} in a format to parse")
        pieces.append(directive)
    joined = "".join(pieces)
    if "%E*S" in joined:
        return [joined.replace("%E*S", "%S.%f"), joined.replace("%E*S", "%S")]
    return [joined]


def parse_time(node: exp.Func, translator: Translator, safe: bool) -> Value:
    """PARSE_DATE, PARSE_DATETIME, PARSE_TIMESTAMP; ``safe`` gives NULL for text that does not fit."""
    only(node, "this", "format", "zone", "default_year")
    wanted = {exp.StrToDate: DATE, exp.StrToTime: TIMESTAMP, exp.ParseDatetime: DATETIME}[type(node)]
    text = translator.typed(node.this, STRING, "Second argument of PARSE_*")
    formats = _parse_formats(_literal_format(node.args["format"], "PARSE_*"))
    if not any(part in formats[0] for part in ("%Y", "%y")):
        raise UnsupportedError("PARSE_* with a format that has no year")
    listed = ", ".join(string_value(each).sql for each in formats)
    zone = zone_of(node.args.get("zone"), translator)

    def build(source: str) -> str:
        parsed = f"try_strptime({source}, [{listed}])"
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


# FORMAT

_SPECIFIER = re.compile(r"%(?P<flags>[-+ 0#']*)(?P<width>\d*)(?P<precision>\.\d+)?(?P<kind>[a-zA-Z%])")


def _format(node: exp.Format, translator: Translator) -> Value:
    only(node, "this", "expressions")
    text = _literal_format(node.this, "FORMAT")
    arguments = translator.values(node.expressions)
    specifiers = [m for m in _SPECIFIER.finditer(text) if m["kind"] != "%"]
    if len(specifiers) != len(arguments):
        raise AnalysisError(f"Invalid FORMAT: {len(specifiers)} specifiers for {len(arguments)} arguments")
    if text.count("%") != sum(m.group().count("%") for m in _SPECIFIER.finditer(text)):
        raise UnsupportedError(f"FORMAT string {text!r}")
    pieces, at, pending = [], 0, list(arguments)
    for match in _SPECIFIER.finditer(text):
        pieces.append(string_value(text[at : match.start()]).sql if match.start() > at else "")
        pieces.append("'%'" if match["kind"] == "%" else _formatted(match, pending.pop(0)))
        at = match.end()
    pieces.append(string_value(text[at:]).sql if at < len(text) else "")
    kept = [piece for piece in pieces if piece]
    return Value(f"({' || '.join(kept)})" if kept else "''", STRING)


def _formatted(match: re.Match[str], value: Value) -> str:
    kind, flags, width, precision = match["kind"], match["flags"], match["width"], match["precision"] or ""
    if kind in "di" and value.type == INT64 and not precision and set(flags) <= set("-0+'"):
        return _padded(f"format('{{:{',' if chr(39) in flags else 'd'}}}', {value.sql})", flags, width, value)
    if kind in "xX" and value.type == INT64 and not flags and not width and not precision:
        return f"printf('%{kind}', {value.sql})"
    if kind in "fFeEgG" and value.type in (FLOAT64, INT64) and "#" not in flags and "'" not in flags:
        return f"printf('%{flags}{width}{precision}{kind}', {cast_text(value.sql, FLOAT64)})"
    if kind in "fF" and value.type == NUMERIC and not flags and not width:
        return f"CAST(CAST({value.sql} AS DECIMAL(38,{precision[1:] or '6'})) AS VARCHAR)"
    if kind == "f" and flags == "'" and value.type in (FLOAT64, INT64) and not width:
        return f"format('{{:,{precision or '.6'}f}}', {cast_text(value.sql, FLOAT64)})"
    if kind == "s" and value.type == STRING and set(flags) <= {"-"} and not precision:
        return _padded(value.sql, flags, width, value)
    if kind == "t" and not flags and not width and not precision:
        return printed(value)
    if kind == "s":
        raise AnalysisError(f"Invalid type for argument of FORMAT; Expected STRING; Got {value.type}")
    raise UnsupportedError(f"FORMAT specifier {match.group()} for {value.type}")


def _padded(text: str, flags: str, width: str, value: Value) -> str:
    if "+" in flags or ("0" in flags and width):
        return f"printf('%{flags.replace(chr(39), '')}{width}d', {value.sql})"
    if not width:
        return text
    side = "rpad" if "-" in flags else "lpad"
    return let([Value(text, STRING)], lambda t: f"{side}({t}, greatest({width}, CAST(length({t}) AS INTEGER)), ' ')")


def printed(value: Value) -> str:
    """%t of FORMAT: like CAST to STRING, but a FLOAT64 keeps a decimal point."""
    if value.type == FLOAT64:
        return let([value], lambda x: runtime("float_to_text_with_point", x))
    if value.type in (STRING, INT64, BOOL, NUMERIC, DATE, DATETIME, TIME, TIMESTAMP):
        return convert(value, STRING).sql
    raise UnsupportedError(f"FORMAT specifier %t for {value.type}")


RULES: dict[type[exp.Expr], Rule] = {
    exp.TimeToStr: _format_time,
    exp.StrToDate: _parse,
    exp.StrToTime: _parse,
    exp.ParseDatetime: _parse,
    exp.Format: _format,
}
