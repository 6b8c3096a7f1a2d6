"""Arrays and structs: constructors, access, IN UNNEST. Queries inside expressions are in subqueries.py."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, supertype
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_strings import concatenated_arrays
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.operators import compare, compared, standing_alone
from infra.local.engine.rewrite.values import (
    NUMBERS,
    Value,
    common_number,
    int_value,
    let,
    runtime,
    struct_text,
)
from infra.local.engine.types import BOOL, BYTES, FLOAT64, INT64, JSON, NULL, STRING, array_of, settled, struct_of


def inferred_name(node: exp.Expr) -> str:
    """The name GoogleSQL gives an unaliased expression: the last name of a path, or none."""
    if isinstance(node, exp.PropertyEQ):
        return str(node.this.name)
    if isinstance(node, exp.Alias):
        return str(node.alias)
    if isinstance(node, exp.Paren):
        return inferred_name(node.this)
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return str(node.expression.name)
    return ""


def untyped_null(value: Value) -> Value:
    """A value that stands alone: there an untyped NULL is an INT64, and an empty array one of INT64."""
    return coerce(value, settled(value.type))


def struct_of_values(pairs: list[tuple[str, Value]]) -> Value:
    """STRUCT(value AS name, ...)."""
    if not pairs:
        raise UnsupportedError("A STRUCT without fields")
    names = [name.lower() for name, _ in pairs if name]
    if len(names) != len(set(names)):
        raise UnsupportedError("A STRUCT with two fields of one name")
    given = tuple(value for _, value in pairs)
    members = [(name, untyped_null(value)) for name, value in pairs]
    data_type = struct_of(*((name, value.type) for name, value in members))
    literal = all(value.literal for value in given)
    text = struct_text(data_type, [value.sql for _, value in members])
    return Value(text, data_type, literal=literal, members=given)


def _struct(node: exp.Struct, translator: Translator) -> Value:
    only(node, "expressions")
    pairs = []
    for member in node.expressions:
        bare = member.expression if isinstance(member, exp.PropertyEQ) else member
        bare = bare.this if isinstance(bare, exp.Alias) else bare
        pairs.append((inferred_name(member), translator.value(bare)))
    return struct_of_values(pairs)


def _tuple(node: exp.Tuple, translator: Translator) -> Value:
    return struct_of_values([("", value) for value in translator.values(node.expressions)])


def array_of_values(values: list[Value]) -> Value:
    """[a, b, ...] in the common supertype."""
    if not values:
        return Value("[]", array_of(NULL), simple=True, literal=True)
    element = supertype(values, "array")
    if element.kind == "ARRAY":
        raise AnalysisError("Cannot construct array with element type ARRAY")
    texts = [coerce(value, element, "Array element").sql for value in values]
    literal = all(value.literal for value in values)
    return Value(f"[{', '.join(texts)}]", array_of(element), literal=literal)


def array_literal(node: exp.Array, translator: Translator) -> Value:
    """[...] or ARRAY[...]."""
    only(node, "expressions", "struct_name_inheritance", "value_constructor")
    return array_of_values(translator.values(node.expressions))


def _bracket(node: exp.Bracket, translator: Translator) -> Value:
    only(node, "this", "expressions", "offset", "safe")
    container = translator.value(node.this)
    index = translator.value(node.expressions[0])
    if container.type == JSON:
        return _json_element(container, index)
    element = container.type.element
    if element is None:
        raise AnalysisError(f"Element access using [...] is not supported on values of type {container.type}")
    index = coerce(index, INT64, "Array position")
    base = int_value(int(node.args.get("offset") or 0)).sql
    macro = "safe_element" if node.args.get("safe") else "element"
    return Value(let([container, index], lambda a, i: runtime(macro, a, i, base)), element)


def _json_element(container: Value, index: Value) -> Value:
    if index.type == STRING:
        return Value(f"json_extract({container.sql}, '$.\"' || {index.sql} || '\"')", JSON)
    position = coerce(index, INT64, "JSON position").sql
    return Value(f"json_extract({container.sql}, '$[' || CAST({position} AS VARCHAR) || ']')", JSON)


def _array(node: exp.Expr, translator: Translator, name: str) -> Value:
    value = translator.value(node)
    if value.type.element is None:
        raise AnalysisError(f"No matching signature for function {name} for argument types: {value.type}")
    return value


def _array_length(node: exp.ArraySize, translator: Translator) -> Value:
    only(node, "this")
    if isinstance(node.this, exp.Null):
        return coerce(translator.null(), INT64)
    return Value(f"len({_array(node.this, translator, 'ARRAY_LENGTH').sql})", INT64)


def _array_concat(node: exp.ArrayConcat, translator: Translator) -> Value:
    only(node, "this", "expressions", "null_propagation")
    nodes = [node.this, *node.expressions]
    return concatenated_arrays([_array(each, translator, "ARRAY_CONCAT") for each in nodes])


def _array_reverse(node: exp.ArrayReverse, translator: Translator) -> Value:
    only(node, "this")
    value = _array(node.this, translator, "ARRAY_REVERSE")
    return Value(f"list_reverse({value.sql})", value.type)


def _end_element(macro: str) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        value = _array(node.this, translator, macro.upper())
        assert value.type.element is not None
        return Value(let([value], lambda a: runtime(macro, a)), value.type.element)

    return rule


def _generate_array(node: exp.GenerateSeries, translator: Translator) -> Value:
    only(node, "start", "end", "step")
    bounds = [translator.value(node.args[side]) for side in ("start", "end")]
    step = node.args.get("step")
    bounds.append(translator.value(step) if step is not None else int_value(1))
    if any(bound.type not in NUMBERS for bound in bounds):
        raise AnalysisError("No matching signature for function GENERATE_ARRAY")
    element = common_number([bound.type for bound in bounds])
    if element != INT64:
        raise UnsupportedError(f"GENERATE_ARRAY of {element}")
    return Value(let(bounds, lambda a, b, s: runtime("int_series", a, b, s)), array_of(INT64))


def _array_to_string(node: exp.ArrayToString, translator: Translator) -> Value:
    only(node, "this", "expression", "null")
    value = _array(node.this, translator, "ARRAY_TO_STRING")
    separator = translator.typed(node.expression, STRING, "Separator of ARRAY_TO_STRING")
    if value.type.element == BYTES:
        raise UnsupportedError("ARRAY_TO_STRING of BYTES")
    texts = coerce(value, array_of(STRING), "First argument of ARRAY_TO_STRING")
    missing = translator.optional(node.args.get("null"), STRING, "Third argument of ARRAY_TO_STRING")
    if missing is None:
        return Value(let([texts], lambda a: runtime("array_to_text", a, separator.sql)), STRING)
    operands = [texts, separator, missing]
    return Value(let(operands, lambda a, s, m: runtime("array_to_text_with", a, s, m)), STRING)


def in_list(node: exp.In, translator: Translator) -> Value:
    """x IN (a, b, ...) and x IN UNNEST(array)."""
    only(node, "this", "expressions", "unnest")
    standing_alone("IN", node.this)
    value = translator.value(node.this)
    if node.args.get("unnest") is not None:
        return _in_array(value, _array(node.args["unnest"].expressions[0], translator, "UNNEST"))
    candidates = translator.values(node.expressions)
    if value.type.kind == "STRUCT" or value.type == FLOAT64:

        def build(*texts: str) -> str:
            first, *others = (
                Value(text, operand.type, simple=True)
                for text, operand in zip(texts, [value, *candidates], strict=True)
            )
            return f"({' OR '.join(compare(first, other, '=').sql for other in others)})"

        return Value(let([value, *candidates], build), BOOL)
    value, *candidates = compared([value, *candidates], "IN")
    return Value(f"({value.sql} IN ({', '.join(candidate.sql for candidate in candidates)}))", BOOL)


def _in_array(value: Value, array: Value) -> Value:
    assert array.type.element is not None
    common = supertype([value, Value("", array.type.element, literal=array.literal)], "IN UNNEST")
    if common.kind in ("STRUCT", "JSON"):
        raise UnsupportedError(f"IN UNNEST of {common}")
    operands = [coerce(value, common), coerce(array, array_of(common))]
    return Value(let(operands, lambda x, a: runtime("in_array", x, a)), BOOL)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Struct: _struct,
    exp.Tuple: _tuple,
    exp.Bracket: _bracket,
    exp.ArraySize: _array_length,
    exp.ArrayConcat: _array_concat,
    exp.ArrayReverse: _array_reverse,
    exp.ArrayFirst: _end_element("first_element"),
    exp.ArrayLast: _end_element("last_element"),
    exp.GenerateSeries: _generate_array,
    exp.ArrayToString: _array_to_string,
}
