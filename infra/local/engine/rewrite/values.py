"""A translated expression: DuckDB text with its GoogleSQL type, and the spelling helpers everything else uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from infra.local.engine.rewrite.names import AnalysisError
from infra.local.engine.types import BOOL, FLOAT64, INT64, NUMERIC, STRING, DataType, duck_type, field_name

RUNTIME_SCHEMA = '"$googlesql"'


ANY_SIZE = float("inf")


@dataclass(frozen=True)
class Chain:
    """What is known of FLOAT64 arithmetic whose overflow is not tested yet (overflow.py).

    ``leaves`` are its operands that may be infinite or NaN, ``hidden`` says that there are others, too costly to
    mention. ``bound`` is the largest size the result can have; ``whole`` says that it is 0 or at least 1. ``quotient``
    holds the operands of a division that ends the chain: a quotient by 0 is not finite, so that one test finds it too.
    """

    leaves: tuple[str, ...] = ()
    hidden: bool = False
    steps: int = 0
    bound: float = ANY_SIZE
    whole: bool = False
    quotient: tuple[Value, Value] | None = None


@dataclass(frozen=True)
class Value:
    """DuckDB text of one expression.

    ``sql`` stands on its own wherever an operand may stand. ``simple`` says that mentioning it twice costs nothing
    (a column, a literal, a placeholder). ``literal`` marks a GoogleSQL literal or query parameter, which coerces
    further than other expressions do; ``text`` is the value of a STRING literal. ``chain`` is set for FLOAT64
    arithmetic and for numbers converted to FLOAT64. ``solvable`` marks INT64 arithmetic, which DuckDB takes apart where
    it is compared.
    """

    sql: str
    type: DataType
    simple: bool = False
    literal: bool = False
    text: str | None = None
    chain: Chain | None = None
    solvable: bool = False
    members: tuple[Value, ...] = ()


def quote(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A DuckDB string literal. NUL cannot be written in one, so it is spliced in."""
    quoted = "'" + text.replace("'", "''") + "'"
    return quoted if "\x00" not in text else "(" + quoted.replace("\x00", "' || chr(0) || '") + ")"


def int_value(number: int) -> Value:
    """An INT64 literal; cast, because DuckDB's own literals are 32 bits wide."""
    return Value(f"CAST({number} AS BIGINT)", INT64, simple=True, literal=True)


def string_value(text: str) -> Value:
    """A STRING literal."""
    return Value(text_literal(text), STRING, simple=True, literal=True, text=text)


def bool_value(truth: bool) -> Value:
    """A BOOL literal."""
    return Value("TRUE" if truth else "FALSE", BOOL, simple=True, literal=True)


def null_value(data_type: DataType) -> Value:
    """A typed NULL."""
    return Value(f"CAST(NULL AS {duck_type(data_type)})", data_type, simple=True, literal=data_type.kind == "NULL")


def as_float(value: Value) -> Value:
    """An INT64 or NUMERIC as FLOAT64: it is finite, and its size is known."""
    if value.type == NUMERIC:
        return Value(let([value], lambda x: runtime("numeric_to_float", x)), FLOAT64, chain=Chain(bound=1e29))
    chain = Chain(bound=2.0**63, whole=True)
    return Value(cast_text(value.sql, FLOAT64), FLOAT64, value.simple, value.literal, chain=chain)


def cast_text(sql: str, data_type: DataType) -> str:
    """A plain DuckDB cast: only for conversions in which DuckDB and GoogleSQL agree."""
    return f"CAST({sql} AS {duck_type(data_type)})"


def runtime(name: str, *arguments: str) -> str:
    """A call of one of our macros (see runtime.py)."""
    return f"{RUNTIME_SCHEMA}.{name}({', '.join(arguments)})"


def call(name: str, *arguments: str) -> str:
    """A call of a DuckDB function."""
    return f"{name}({', '.join(arguments)})"


_COLUMN = re.compile(r'"[^"]*"\."[^"]*"')
_COSTLY = re.compile(r"(?!CAST|isnan|struct_extract)\b\w+\(|\"\.|SELECT|CASE|lambda")
_TEXT = re.compile(r"'[^']*'")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PENDING = "p"  # ends a name while its let is built, so that a binding inside of a text is never taken for it
_BOUND = re.compile(r"\b(v[0-9a-f]{8})p\b")
_WORDS = "CAST|AS|AT|TIME|ZONE|DATE|TIMESTAMP|TIMESTAMPTZ|INTEGER|BIGINT|CASE|WHEN|THEN|ELSE|END|IS|NULL|OR"
_CALLS = r'(?:greatest|least|epoch_us|"\$googlesql"\.\w++)\('
_CONSTANT = re.compile(rf"(?:\b(?:{_WORDS})\b|{_CALLS}|\$\w++|\d++|[\s()*+,-]++)*+")
CHEAP_LENGTH = 120
CONSTANT_LENGTH = 1000
_OFTEN = 6
"""Mentions up to which a little arithmetic is rather repeated than bound."""


def is_cheap(value: Value) -> bool:
    """Whether mentioning a text again costs less than binding it: a name, or a little arithmetic on names."""
    return _is_free(value) or _is_short(value.sql)


def _is_free(value: Value) -> bool:
    return value.simple or _is_constant(value.sql)


def _is_short(sql: str) -> bool:
    return len(sql) <= CHEAP_LENGTH and not _COSTLY.search(_COLUMN.sub("c", sql))


def _is_constant(sql: str) -> bool:
    """Whether DuckDB works a text out once per statement: it depends on no row. A lambda would do so once per row."""
    return len(sql) <= CONSTANT_LENGTH and _CONSTANT.fullmatch(_TEXT.sub("0", sql)) is not None


def let(values: Sequence[Value], build: Callable[..., str]) -> str:
    """``build`` applied to texts that are cheap to mention more than once.

    Costly operands that are mentioned more than once are bound by the lambda of a one-element list, so that each is
    evaluated once. A variable is named after its operand's text: equal texts give equal names, which keeps
    translation deterministic and makes nested bindings of one name harmless. DuckDB allows no subquery in a lambda:
    the built text must hold none, and an operand with one stays outside.
    """
    operands = {f"v{crc32(value.sql.encode()):08x}": value.sql for value in values if not _is_free(value)}
    names = {sql: f"{name}{_PENDING}" for name, sql in operands.items()}
    text = build(*(names.get(value.sql, value.sql) for value in values))
    mentions = [match.start() for match in _BOUND.finditer(text)]
    places = {name: [at for at in mentions if text.startswith(name, at)] for name in operands}
    bound = [
        name
        for name, found in places.items()
        if (len(found) > _OFTEN if _is_short(operands[name]) else _is_repeated(text, found))
    ]
    if bound or "lambda " in text:
        bound += [name for name, found in places.items() if found and name not in bound and "SELECT" in operands[name]]
    inlined = {name: sql for name, sql in operands.items() if name not in bound}
    return _bind({name: operands[name] for name in bound}, text, inlined)


def _is_repeated(text: str, found: list[int]) -> bool:
    return len(found) > 1 or (bool(found) and _inside_macro(text, found[0]))


def _bind(bound: dict[str, str], text: str, inlined: dict[str, str]) -> str:
    row = f"r{crc32(' '.join(bound).encode()):08x}"
    named = {name: f"{row}.{name}" if len(bound) > 1 else name for name in bound} | inlined
    text = _BOUND.sub(lambda match: named.get(match.group(1), match.group()), text)
    if len(bound) > 1:
        members = ", ".join(f"'{name}': {operand}" for name, operand in bound.items())
        return f"list_transform([{{{members}}}], lambda {row}: {text})[1]"
    for name, operand in bound.items():
        text = f"list_transform([{operand}], lambda {name}: {text})[1]"
    return text


def _inside_macro(text: str, position: int) -> bool:
    """Whether a place in a text is an argument of a runtime macro, which may mention it more than once."""
    text = _QUOTED.sub(lambda match: re.sub("[()]", "_", match.group()), text)
    depth = 0
    for at in range(position - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(" and depth:
            depth -= 1
        elif text[at] == "(" and re.search(r'"\$googlesql"\.\w+$', text[:at]):
            return True
    return False


def is_number(value: Value) -> bool:
    """A number written out: neither NULL nor NaN."""
    return value.literal and re.fullmatch(r"\(?-?[\d.]+(e[+-]?\d+)?\)?|CAST\(-?\d+ AS BIGINT\)", value.sql) is not None


def struct_field(value: Value, name: str) -> Value:
    """``value.name`` of a STRUCT."""
    for position, field in enumerate(value.type.fields):
        if field.name.lower() == name.lower():
            member = text_literal(field_name(field, position))
            return Value(f"struct_extract({value.sql}, {member})", field.type, simple=value.simple)
    raise AnalysisError(f"Field name {name} does not exist in {value.type}")


def struct_text(data_type: DataType, members: Sequence[str]) -> str:
    """A DuckDB struct of that STRUCT type, from the texts of its members (already of their types)."""
    if not members:
        raise AnalysisError("A STRUCT needs at least one field here")
    pairs = (
        f"{text_literal(field_name(field, position))}: {member}"
        for position, (field, member) in enumerate(zip(data_type.fields, members, strict=True))
    )
    return "{" + ", ".join(pairs) + "}"


NUMBERS = {INT64, NUMERIC, FLOAT64}
_RANK = {INT64: 0, NUMERIC: 1, FLOAT64: 2}


def common_number(types: Sequence[DataType]) -> DataType:
    """The widest of INT64 < NUMERIC < FLOAT64 among the types."""
    return max(types, key=_RANK.__getitem__)
