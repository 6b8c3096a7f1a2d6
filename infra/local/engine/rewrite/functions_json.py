"""JSON made of values, and text of both. It is written by type, because DuckDB spells numbers and times differently."""

from __future__ import annotations

from zlib import crc32

from sqlglot import exp

from infra.local.engine.documents import canonical
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, let, runtime, text_literal
from infra.local.engine.types import JSON, STRING, DataType, field_name

_SCALAR_TEXT = {
    "STRING": "CAST(to_json(CAST({} AS VARCHAR)) AS VARCHAR)",
    "BOOL": "CAST({} AS VARCHAR)",
    "DATE": "'\"' || CAST({} AS VARCHAR) || '\"'",
    "BYTES": "'\"' || to_base64({}) || '\"'",
}
_SCALAR_MACRO = {
    "INT64": "json_int_text",
    "FLOAT64": "json_float_text",
    "NUMERIC": "json_numeric_text",
    "DATETIME": "json_datetime_text",
    "TIMESTAMP": "json_timestamp_text",
    "TIME": "json_time_text",
    "JSON": "json_printed",
}
# TO_JSON keeps numbers as numbers where TO_JSON_STRING quotes those a double cannot hold.
_NUMBER_MACRO = {"INT64": "plain_text", "FLOAT64": "json_float_point_text", "NUMERIC": "json_numeric_number_text"}


def json_text(value: Value, keep_numbers: bool) -> str:
    """DuckDB text giving the JSON text of a value; never NULL: a NULL is the text null."""
    kind = value.type.kind
    if kind == "NULL":
        return "'null'"
    return let([value], lambda text: f"coalesce({_json_text(text, value.type, keep_numbers)}, 'null')")


def _json_text(text: str, data_type: DataType, keep_numbers: bool) -> str:
    kind = data_type.kind
    if kind == "ARRAY" and data_type.element is not None:
        name = f"j{crc32(text.encode()):08x}"
        element = json_text(Value(name, data_type.element, simple=True), keep_numbers)
        return f"'[' || array_to_string(list_transform({text}, lambda {name}: {element}), ',') || ']'"
    if kind == "STRUCT":
        return f"CASE WHEN {text} IS NOT NULL THEN {_json_object(text, data_type, keep_numbers)} END"
    if keep_numbers and kind in _NUMBER_MACRO:
        return runtime(_NUMBER_MACRO[kind], text)
    if kind in _SCALAR_MACRO:
        return runtime(_SCALAR_MACRO[kind], f"CAST({text} AS VARCHAR)" if kind == "JSON" else text)
    if kind in _SCALAR_TEXT:
        return _SCALAR_TEXT[kind].format(text)
    raise UnsupportedError(f"JSON of {data_type}")


def _json_object(text: str, data_type: DataType, keep_numbers: bool) -> str:
    """The fields in their order; a JSON value, which keeps numbers, has its keys sorted and none twice."""
    fields = list(enumerate(data_type.fields))
    if keep_numbers:
        fields = list({field.name: (position, field) for position, field in reversed(fields)}.values())
        fields.sort(key=lambda pair: pair[1].name.encode())
    pieces = []
    for position, field in fields:
        member = f"struct_extract({text}, {text_literal(field_name(field, position))})"
        value = json_text(Value(member, field.type, simple=True), keep_numbers)
        pieces.append(f"{_key(field.name)} || {value}")
    return "'{' || " + " || ',' || ".join(pieces) + " || '}'"


def pretty_json_text(value: Value, depth: int = 0) -> str:
    """TO_JSON_STRING(value, TRUE): one member a line, two blanks a level."""
    kind = value.type
    if kind.kind == "JSON":
        raise UnsupportedError("TO_JSON_STRING of JSON on several lines")
    if kind.kind not in ("ARRAY", "STRUCT"):
        return json_text(value, keep_numbers=False)
    return let([value], lambda text: f"coalesce({_pretty(text, kind, depth + 1)}, 'null')")


def _pretty(text: str, kind: DataType, depth: int) -> str:
    start, end = text_literal("\n" + "  " * depth), text_literal("\n" + "  " * (depth - 1))
    if kind.element is not None:
        name = f"j{crc32(text.encode()):08x}"
        element = pretty_json_text(Value(name, kind.element, simple=True), depth)
        lines = f"array_to_string(list_transform({text}, lambda {name}: {start} || {element}), ',')"
        return f"CASE WHEN len({text}) = 0 THEN '[]' ELSE '[' || {lines} || {end} || ']' END"
    members = []
    for position, field in enumerate(kind.fields):
        member = Value(f"struct_extract({text}, {text_literal(field_name(field, position))})", field.type, simple=True)
        members.append(f"{start} || {_key(field.name)} || ' ' || {pretty_json_text(member, depth)}")
    lines = " || ',' || ".join(members)
    return f"CASE WHEN {text} IS NOT NULL THEN '{{' || {lines} || {end} || '}}' END"


def _key(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return text_literal(f'"{escaped}":')


def _to_json(node: exp.JSONFormat, translator: Translator) -> Value:
    only(node, "this", "to_json", "options")
    value = translator.value(node.this)
    options = node.args.get("options")
    if node.args.get("to_json"):
        only(node, "this", "to_json")
        return Value(f"CAST({json_text(value, keep_numbers=True)} AS JSON)", JSON)
    if options is None or (isinstance(options, exp.Boolean) and not options.this):
        return Value(json_text(value, keep_numbers=False), STRING)
    if not isinstance(options, exp.Boolean):
        raise UnsupportedError("TO_JSON_STRING with a second argument that is not a literal")
    return Value(pretty_json_text(value), STRING)


def _parse_json(node: exp.ParseJSON, translator: Translator) -> Value:
    """sqlglot reads a field of a JSON literal, JSON '...'.a, as the literal of a field."""
    rounds = _rounds_numbers(node)
    inner = node.this
    if node.args.get("is_literal") and isinstance(inner, exp.Dot | exp.Bracket):
        turned = inner.copy()
        innermost = turned
        while isinstance(innermost.this, exp.Dot | exp.Bracket):
            innermost = innermost.this
        innermost.set("this", exp.ParseJSON(this=innermost.this.copy(), is_literal=True))
        return translator.value(turned)
    text = translator.typed(inner, STRING, "Argument of PARSE_JSON")
    macro = "parse_json_rounded" if rounds else "parse_json"
    if text.text is None:
        return Value(let([text], lambda t: runtime(macro, t)), JSON)
    try:
        return Value(f"CAST({text_literal(canonical(text.text, rounds))} AS JSON)", JSON, simple=True)
    except (ValueError, RecursionError) as error:
        if node.args.get("is_literal"):
            raise AnalysisError(f"Invalid JSON literal: {error}") from None
        return Value(runtime(macro, text.sql), JSON)


def _rounds_numbers(node: exp.ParseJSON) -> bool:
    """Whether numbers that a double does not hold are rounded. Raises UnsupportedError for every other option."""
    only(node, "this", "is_literal", "expression")
    option = node.args.get("expression")
    if option is None:
        return False
    mode = option.expression if isinstance(option, exp.Kwarg) else None
    if mode is None or option.this.name.lower() != "wide_number_mode" or mode.name not in ("exact", "round"):
        raise UnsupportedError(f"PARSE_JSON with {option.sql(dialect='bigquery')}")
    return mode.name == "round"


def safe_parse_json(node: exp.ParseJSON, translator: Translator) -> Value:
    """SAFE.PARSE_JSON: NULL for text that is no JSON."""
    only(node, "this", "is_literal")
    text = translator.typed(node.this, STRING, "Argument of PARSE_JSON")
    return Value(let([text], lambda t: runtime("safe_parse_json", t)), JSON)


def _json_object_function(node: exp.JSONObject, translator: Translator) -> Value:
    only(node, "expressions")
    found: dict[str, str] = {}
    for pair in node.expressions:
        if not isinstance(pair, exp.JSONKeyValue) or not isinstance(pair.this, exp.Literal):
            raise UnsupportedError("JSON_OBJECT with keys that are not literals")
        key = str(pair.this.this)
        found.setdefault(key, f"{_key(key)} || {json_text(translator.value(pair.expression), True)}")
    pieces = [found[key] for key in sorted(found, key=str.encode)]
    return Value("CAST('{' || " + " || ',' || ".join(pieces or ["''"]) + " || '}' AS JSON)", JSON)


def _json_array_function(node: exp.JSONArray, translator: Translator) -> Value:
    only(node, "expressions")
    pieces = [json_text(value, True) for value in translator.values(node.expressions)]
    return Value("CAST('[' || " + " || ',' || ".join(pieces or ["''"]) + " || ']' AS JSON)", JSON)


RULES: dict[type[exp.Expr], Rule] = {
    exp.JSONFormat: _to_json,
    exp.ParseJSON: _parse_json,
    exp.JSONObject: _json_object_function,
    exp.JSONArray: _json_array_function,
}
