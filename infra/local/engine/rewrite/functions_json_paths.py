"""What is in a JSON document or in JSON text. The paths have been checked before sqlglot read them (prepass.py)."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.references import json_key_path
from infra.local.engine.rewrite.values import Value, let, runtime, text_literal
from infra.local.engine.types import BOOL, FLOAT64, INT64, JSON, STRING, DataType, array_of


def _path(node: exp.Expr | None) -> tuple[str, list[str]]:
    """DuckDB's spelling of a literal JSONPath, and the paths to what it counts in."""
    if node is None:
        return "'$'", []
    if not isinstance(node, exp.JSONPath):
        raise UnsupportedError("A JSONPath that is not a literal")
    text, counted = "", []
    for part in node.expressions:
        if isinstance(part, exp.JSONPathRoot):
            text += "$"
        elif isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            text += json_key_path(part.this)[1:]
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            counted.append(text_literal(text))
            text += f"[{part.this}]"
        else:
            raise UnsupportedError(f"JSONPath with {type(part).__name__}")
    return text_literal(text), counted


def _document(node: exp.Func, translator: Translator) -> tuple[Value, str]:
    """The JSON operand (text that is no JSON counts as NULL) and the path."""
    only(node, "this", "expression", "scalar_only")
    value = translator.value(node.this)
    if value.type not in (JSON, STRING):
        raise AnalysisError(f"No matching signature for {described(node)} for argument types: {value.type}")
    path, counted = _path(node.args.get("expression"))
    if not counted:
        return value, path

    def build(text: str) -> str:
        objects = " OR ".join(f"json_type({text}, {each}) = 'OBJECT'" for each in counted)
        return runtime("not_by_name", text, f"json_valid({text}) AND ({objects})")

    checked = let([value], build)
    return Value(f"CAST({checked} AS JSON)" if value.type == JSON else checked, value.type), path


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
    if value.type == STRING:
        return Value(let([value], lambda t: runtime("json_elements_of_text", t, path)), array_of(STRING))
    return Value(let([value], lambda j: runtime("json_elements", j, path)), array_of(JSON))


def _from_json(macro: str, result: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        value = coerce(translator.value(node.this), JSON, "Argument")
        return Value(let([value], lambda j: runtime(macro, j)), result)

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.JSONExtractScalar: _on_document("json_value", STRING),
    exp.JSONExtract: _on_document("json_query", None),
    exp.JSONValueArray: _on_document("json_values", array_of(STRING)),
    exp.JSONExtractArray: _json_query_array,
    exp.Int64: _from_json("json_int", INT64),
    exp.Float64: _from_json("json_float", FLOAT64),
    exp.JSONBool: _from_json("json_bool", BOOL),
    exp.JSONType: lambda node, t: Value(runtime("json_kind", t.typed(node.this, JSON, "Argument").sql), STRING),
}
