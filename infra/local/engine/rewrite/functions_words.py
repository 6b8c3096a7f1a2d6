"""Functions of words and letters: capitals, code points, likeness."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_strings import text_of
from infra.local.engine.rewrite.names import UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, let, runtime
from infra.local.engine.types import BOOL, INT64, STRING, DataType, array_of


def _of_text(name: str, macro: str, data_type: DataType) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        return Value(let([text_of(node.this, translator, name)], lambda text: runtime(macro, text)), data_type)

    return rule


def _initcap(node: exp.Initcap, translator: Translator) -> Value:
    """sqlglot writes the default delimiters out."""
    only(node, "this", "expression")
    text, breaks = (text_of(side, translator, "INITCAP") for side in (node.this, node.expression))
    ascii_only = Value(let([text], lambda t: runtime("only_ascii", t, "'INITCAP'")), STRING)
    return Value(let([ascii_only, breaks], lambda t, b: runtime("initial_capitals", t, b)), STRING)


def _normalize(node: exp.Normalize, translator: Translator) -> Value:
    """Only the default form, NFC: DuckDB has no other."""
    form = node.args.get("form")
    if node.args.get("is_casefold") or (form and form.name.upper() != "NFC"):
        raise UnsupportedError("NORMALIZE to another form than NFC")
    return Value(f"nfc_normalize({text_of(node.this, translator, 'NORMALIZE').sql})", STRING)


def _soundex(node: exp.Soundex, translator: Translator) -> Value:
    only(node, "this")
    text = text_of(node.this, translator, "SOUNDEX")
    letters = Value(runtime("soundex_letters", text.sql), STRING)
    return Value(let([letters], lambda t: runtime("soundex_of", t)), STRING)


def _edit_distance(node: exp.Levenshtein, translator: Translator) -> Value:
    only(node, "this", "expression")
    texts = [text_of(side, translator, "EDIT_DISTANCE") for side in (node.this, node.expression)]
    checked = [let([text], lambda t: runtime("only_ascii", t, "'EDIT_DISTANCE'")) for text in texts]
    return Value(cast_text(f"levenshtein({', '.join(checked)})", INT64), INT64)


def _contains_substr(node: exp.Contains, translator: Translator) -> Value:
    """CONTAINS_SUBSTR, which sqlglot reads as a search of one lowered text in another."""
    only(node, "this", "expression")
    if not (isinstance(node.this, exp.Lower) and isinstance(node.expression, exp.Lower)):
        raise UnsupportedError("Function CONTAINS")
    texts = [text_of(side.this, translator, "CONTAINS_SUBSTR") for side in (node.this, node.expression)]
    return Value(let(texts, lambda t, part: runtime("holds_text", t, part)), BOOL)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Initcap: _initcap,
    exp.Normalize: _normalize,
    exp.ToCodePoints: _of_text("TO_CODE_POINTS", "code_points", array_of(INT64)),
    exp.Unicode: _of_text("UNICODE", "first_code", INT64),
    exp.Soundex: _soundex,
    exp.Levenshtein: _edit_distance,
    exp.Contains: _contains_substr,
    exp.SessionUser: lambda node, translator: Value("'user@localhost'", STRING),
}
