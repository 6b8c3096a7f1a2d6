"""Overflow of FLOAT64 arithmetic: GoogleSQL raises where DuckDB goes on with an infinity.

An infinity or NaN survives further additions, multiplications and a place in a numerator, so one test at the end of a
chain of operators is enough. Where the operands are known to be too small for an overflow, there is none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.local.engine.rewrite.values import ANY_SIZE, Chain, Value, is_cheap, is_number, let, runtime
from infra.local.engine.types import FLOAT64

LARGEST = 1.7976931348623157e308


def chained(sql: str, operands: Sequence[Value], symbol: str, may_divide_by_zero: bool = False) -> Value:
    """The FLOAT64 result of one operator, still to be tested unless it cannot overflow."""
    chains = [_chain(operand) for operand in operands]
    leaves = tuple(dict.fromkeys(leaf for chain in chains for leaf in chain.leaves))
    chain = Chain(
        leaves,
        hidden=any(chain.hidden for chain in chains),
        steps=sum(chain.steps for chain in chains) + 1,
        bound=_bound(symbol, chains[0], chains[-1], is_number(operands[-1])),
        quotient=(operands[0], operands[1]) if may_divide_by_zero else None,
    )
    return Value(sql, FLOAT64, chain=chain)


def size(*values: Value) -> float:
    """The largest absolute value that FLOAT64 values can have; more than LARGEST when one may be infinite or NaN."""
    return max(_chain(value).bound if value.type == FLOAT64 else ANY_SIZE for value in values)


def sized(value: Value, bound: float) -> Value:
    """A tested ``value`` that is known to be no larger than ``bound``, which may be more than LARGEST: not known."""
    return replace(value, chain=Chain(bound=bound)) if value.type == FLOAT64 and bound <= LARGEST else value


def named(text: str, value: Value) -> Value:
    """A name for a tested value, whose size stays known."""
    if size(value) > LARGEST:
        return Value(text, value.type, simple=True)
    chain = _chain(value)
    return Value(text, value.type, simple=True, chain=Chain(bound=chain.bound, whole=chain.whole))


def can_overflow(operands: Sequence[Value], symbol: str) -> bool:
    """Whether one operator on tested operands can give more than the largest FLOAT64."""
    left, right = (_chain(operand) for operand in operands)
    return _bound(symbol, left, right, is_number(operands[-1])) > LARGEST


def tested(value: Value) -> Value:
    """``value`` with the test at the end of its chain. An infinite operand may still make an infinite result."""
    chain = value.chain
    if chain is None or not chain.steps or chain.bound <= LARGEST:
        return value
    odd = "TRUE" if chain.hidden else " OR ".join(f"NOT isfinite({leaf})" for leaf in chain.leaves) or "FALSE"
    macro = "overflow_of_one" if chain.steps == 1 and not chain.hidden else "overflow_of_many"

    def build(result: str) -> str:
        return f"CASE WHEN isfinite({result}) THEN {result} ELSE {runtime(macro, result, f'({odd})')} END"

    finite = None if chain.hidden or chain.leaves else Chain(bound=LARGEST)
    if chain.quotient is not None:
        numerator, divisor = (replace(operand, chain=None) for operand in chain.quotient)

        def divided(a: str, b: str) -> str:
            strict = runtime(macro, runtime("divide", a, b), f"({odd})")
            return f"CASE WHEN isfinite(({a} / {b})) THEN ({a} / {b}) ELSE {strict} END"

        return Value(let([numerator, divisor], divided), FLOAT64, chain=finite)

    plain = replace(value, chain=None)
    return Value(let([plain], build), FLOAT64, chain=finite)


def _chain(operand: Value) -> Chain:
    if operand.chain is not None:
        return operand.chain
    if is_number(operand):
        return Chain(bound=abs(float(operand.sql.strip("()"))))
    if operand.simple or (is_cheap(operand) and "SELECT" not in operand.sql):
        return Chain((operand.sql,))
    return Chain(hidden=True)


def _bound(symbol: str, left: Chain, right: Chain, divides_by_number: bool) -> float:
    if symbol == "*":  # 0 times an unknown operand may be NaN
        return ANY_SIZE if ANY_SIZE in (left.bound, right.bound) else left.bound * right.bound
    if symbol != "/":
        return left.bound + right.bound
    if divides_by_number:
        return left.bound / right.bound if right.bound else ANY_SIZE
    return left.bound if right.whole else ANY_SIZE
