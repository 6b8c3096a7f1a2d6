"""JSON functions. JSON text is written by type here, because DuckDB's to_json spells numbers and times differently."""

from __future__ import annotations

from zlib import crc32

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.references import json_key_path
from infra.local.engine.rewrite.values import Value, let, runtime, text_literal
from infra.local.engine.types import BOOL, FLOAT64, INT64, JSON, STRING, DataType, array_of, field_name

_SCALAR_TEXT = {
    "STRING": "CAST(to_json({}) AS VARCHAR)",
    "BOOL": "CAST({} AS VARCHAR)",
    "DATE": "'\"' || CAST({} AS VARCHAR) || '\"'",
    "BYTES": "'\"' || to_base64({}) || '\"'",
    "JSON": "CAST({} AS VARCHAR)",
}
_SCALAR_MACRO = {
    "INT64": "json_int_text",
    "FLOAT64": "json_float_text",
    "NUMERIC": "json_numeric_text",
    "DATETIME": "json_datetime_text",
    "TIMESTAMP": "json_timestamp_text",
    "TIME": "json_time_text",
}
# TO_JSON keeps numbers as numbers where TO_JSON_STRING quotes those a double cannot hold.
_NUMBER_MACRO = {"INT64": "plain_text", "FLOAT64": "json_float_point_text", "NUMERIC": "numeric_to_text"}


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
        return runtime(_SCALAR_MACRO[kind], text)
    if kind in _SCALAR_TEXT:
        return _SCALAR_TEXT[kind].format(text)
    raise UnsupportedError(f"JSON of {data_type}")


def _json_object(text: str, data_type: DataType, keep_numbers: bool) -> str:
    pieces = []
    for position, field in enumerate(data_type.fields):
        member = f"struct_extract({text}, {text_literal(field_name(field, position))})"
        value = json_text(Value(member, field.type, simple=True), keep_numbers)
        pieces.append(f"{_key(field.name)} || {value}")
    return "'{' || " + " || ',' || ".join(pieces) + " || '}'"


def _key(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return text_literal(f'"{escaped}":')


def _to_json(node: exp.JSONFormat, translator: Translator) -> Value:
    only(node, "this", "to_json")
    value = translator.value(node.this)
    if node.args.get("to_json"):
        return Value(f"CAST({json_text(value, keep_numbers=True)} AS JSON)", JSON)
    return Value(json_text(value, keep_numbers=False), STRING)


def _parse_json(node: exp.ParseJSON, translator: Translator) -> Value:
    _check_number_mode(node)
    return Value(f"CAST(json({translator.typed(node.this, STRING, 'Argument of PARSE_JSON').sql}) AS JSON)", JSON)


def _check_number_mode(node: exp.ParseJSON) -> None:
    """Refuses every option but `wide_number_mode => 'round'`, the nearest double, which is what DuckDB reads anyway."""
    only(node, "this", "is_literal", "expression")
    option = node.args.get("expression")
    if option is None:
        return
    is_round = isinstance(option, exp.Kwarg) and option.expression == exp.Literal.string("round")
    if not is_round or option.this.name.lower() != "wide_number_mode":
        raise UnsupportedError(f"PARSE_JSON with {option.sql(dialect='bigquery')}")


def safe_parse_json(node: exp.ParseJSON, translator: Translator) -> Value:
    """SAFE.PARSE_JSON: NULL for text that is no JSON."""
    only(node, "this", "is_literal")
    text = translator.typed(node.this, STRING, "Argument of PARSE_JSON")
    return Value(let([text], lambda t: f"CASE WHEN json_valid({t}) THEN CAST(json({t}) AS JSON) END"), JSON)


def _path(node: exp.Expr | None) -> str:
    """DuckDB's spelling of a literal JSONPath."""
    if node is None:
        return "'$'"
    if not isinstance(node, exp.JSONPath):
        raise UnsupportedError("A JSONPath that is not a literal")
    text = ""
    for part in node.expressions:
        if isinstance(part, exp.JSONPathRoot):
            text += "$"
        elif isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            text += json_key_path(part.this)[1:]
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            text += f"[{part.this}]"
        else:
            raise UnsupportedError(f"JSONPath with {type(part).__name__}")
    return text_literal(text)


def _document(node: exp.Func, translator: Translator) -> tuple[Value, str]:
    """The JSON operand (text that is no JSON counts as NULL) and the path."""
    only(node, "this", "expression", "scalar_only")
    value = translator.value(node.this)
    if value.type not in (JSON, STRING):
        raise AnalysisError(f"No matching signature for {described(node)} for argument types: {value.type}")
    return value, _path(node.args.get("expression"))


def _on_document(macro: str, result: DataType | None) -> Rule:
    """``result`` None: JSON in gives JSON out, text in gives text out."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        value, path = _document(node, translator)
        if value.type == STRING:
            text = let([value], lambda t: runtime(f"{macro}_of_text", t, path))
            return Value(text, result or STRING)
        text = let([value], lambda j: runtime(macro, j, path))
        return Value(text, result or JSON)

    return rule


def _json_query_array(node: exp.JSONExtractArray, translator: Translator) -> Value:
    value, path = _document(node, translator)
    operand = value if value.type == JSON else Value(let([value], lambda t: runtime("json_or_null", t)), JSON)
    text = let([operand], lambda j: runtime("json_elements", j, path))
    if value.type == STRING:
        return Value(f"CAST({text} AS VARCHAR[])", array_of(STRING))
    return Value(text, array_of(JSON))


def _json_object_function(node: exp.JSONObject, translator: Translator) -> Value:
    only(node, "expressions")
    pieces = []
    for pair in node.expressions:
        if not isinstance(pair, exp.JSONKeyValue) or not isinstance(pair.this, exp.Literal):
            raise UnsupportedError("JSON_OBJECT with keys that are not literals")
        pieces.append(f"{_key(str(pair.this.this))} || {json_text(translator.value(pair.expression), True)}")
    return Value("CAST('{' || " + " || ',' || ".join(pieces or ["''"]) + " || '}' AS JSON)", JSON)


def _json_array_function(node: exp.JSONArray, translator: Translator) -> Value:
    only(node, "expressions")
    pieces = [json_text(value, True) for value in translator.values(node.expressions)]
    return Value("CAST('[' || " + " || ',' || ".join(pieces or ["''"]) + " || ']' AS JSON)", JSON)


def _from_json(macro: str, result: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        value = coerce(translator.value(node.this), JSON, "Argument")
        return Value(let([value], lambda j: runtime(macro, j)), result)

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.JSONFormat: _to_json,
    exp.ParseJSON: _parse_json,
    exp.JSONExtractScalar: _on_document("json_value", STRING),
    exp.JSONExtract: _on_document("json_query", None),
    exp.JSONValueArray: _on_document("json_values", array_of(STRING)),
    exp.JSONExtractArray: _json_query_array,
    exp.JSONObject: _json_object_function,
    exp.JSONArray: _json_array_function,
    exp.Int64: _from_json("json_int", INT64),
    exp.Float64: _from_json("json_float", FLOAT64),
    exp.JSONBool: _from_json("json_bool", BOOL),
    exp.JSONType: lambda node, t: Value(runtime("json_kind", t.typed(node.this, JSON, "Argument").sql), STRING),
}
