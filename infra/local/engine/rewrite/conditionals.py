"""Conditional expressions: CASE, IF, COALESCE, NULLIF, GREATEST, LEAST."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, supertype
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.operators import comparable, compare, compared
from infra.local.engine.rewrite.overflow import LARGEST, size, sized
from infra.local.engine.rewrite.values import Value, is_number, let
from infra.local.engine.types import BOOL, FLOAT64


def _case(node: exp.Case, translator: Translator) -> Value:
    only(node, "this", "ifs", "default")
    branches = node.args["ifs"]
    default = node.args.get("default")
    results = translator.values([branch.args["true"] for branch in branches])
    results.append(translator.value(default) if default is not None else translator.null())
    common = supertype(results, "CASE")
    results = [coerce(result, common) for result in results]
    if node.this is None:
        tests = [translator.typed(branch.this, BOOL, "Condition of WHEN").sql for branch in branches]
        head = "CASE"
    else:
        operands = compared([translator.value(node.this), *translator.values([b.this for b in branches])], "CASE")
        head, tests = f"CASE {operands[0].sql}", [operand.sql for operand in operands[1:]]
    arms = " ".join(f"WHEN {test} THEN {result.sql}" for test, result in zip(tests, results, strict=False))
    return sized(Value(f"{head} {arms} ELSE {results[-1].sql} END", common), size(*results))


def _if(node: exp.If, translator: Translator) -> Value:
    only(node, "this", "true", "false")
    test = translator.typed(node.this, BOOL, "Condition of IF")
    results = translator.values([node.args["true"], node.args["false"]])
    common = supertype(results, "IF")
    then, other = (coerce(result, common) for result in results)
    return sized(Value(f"CASE WHEN {test.sql} THEN {then.sql} ELSE {other.sql} END", common), size(then, other))


def _coalesce(node: exp.Coalesce, translator: Translator) -> Value:
    only(node, "this", "expressions")
    operands = translator.values([node.this, *node.expressions])
    common = supertype(operands, "COALESCE")
    operands = [coerce(operand, common) for operand in operands]
    return sized(Value(f"coalesce({', '.join(operand.sql for operand in operands)})", common), size(*operands))


def _nullif(node: exp.Nullif, translator: Translator) -> Value:
    """NULLIF whose two arguments, and those beside it in another call, are evaluated whatever it gives.

    DuckDB leaves the later arguments of a call alone where an earlier one is the constant NULL in all rows at hand. The
    second element of a list of one is a NULL that it does not see in advance, and the right side is compared first.
    """
    left, right = compared(translator.values([node.this, node.expression]), "NULLIF")

    def build(a: str, b: str) -> str:
        equal = compare(replace(right, sql=b, simple=True), replace(left, sql=a, simple=True), "=")
        return f"CASE WHEN {equal.sql} THEN [{a}][2] ELSE {a} END"

    return Value(let([left, right], build), left.type)


def _extreme(name: str) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this", "expressions", "ignore_nulls")
        operands = comparable(translator.values([node.this, *node.expressions]), name.upper())

        def build(*texts: str) -> str:
            open_texts = [text for text, operand in zip(texts, operands, strict=True) if not is_number(operand)]
            # The function itself comes first: GoogleSQL evaluates every argument, even beside a NULL.
            any_null = " OR ".join(f"{text} IS NULL" for text in [f"{name}({', '.join(texts)})", *open_texts])
            nan_arm = ""
            if operands[0].type == FLOAT64 and name == "least" and open_texts and size(*operands) > LARGEST:
                nan = " OR ".join(f"isnan({text})" for text in open_texts)
                nan_arm = f"WHEN {nan} THEN CAST('nan' AS DOUBLE) "
            return f"CASE WHEN {any_null} THEN NULL {nan_arm}ELSE {name}({', '.join(texts)}) END"

        return sized(Value(let(operands, build), operands[0].type), size(*operands))

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme("greatest"),
    exp.Least: _extreme("least"),
}
