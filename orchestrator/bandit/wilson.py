"""The Wilson interval, and a seeded draw from it: the Python twin of sql/functions/wilson_*.sql.

Same operations in the same order as the SQL. The uniform number is equal bit for bit everywhere, because it comes from
integers; everything after it agrees to 1e-12, because logarithm and square root may differ in the last place.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from orchestrator.domain.constants import constants

_HASH_DIGITS = 13  # 52 bits: (k + 0.5) is still exact in a double

# Acklam's rational approximation of the normal quantile, relative error below 1.2e-9.
_CENTRE_TOP = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_CENTRE_BOTTOM = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
    1.0,
)
_TAIL_TOP = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_TAIL_BOTTOM = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0)
_TAIL = 0.02425


@dataclass(frozen=True)
class WilsonBounds:
    """A 95 % interval of a rate, and 1 / sqrt(n + 1), which shrinks as evidence grows."""

    lower_bound: float
    upper_bound: float
    exploration_bonus: float


def wilson_score_bounds(successes: float | None, failures: float | None) -> WilsonBounds | None:
    """The interval after `successes` and `failures` (counts or pseudo-counts, not negative).

    No evidence gives (0, 1, 1); None in gives None out; a negative count is a ValueError.
    """
    if successes is None or failures is None:
        return None
    trials = _trials(successes, failures)
    if trials == 0:
        return WilsonBounds(0.0, 1.0, 1.0)
    z = constants().bandit.z
    return WilsonBounds(
        lower_bound=_bound(successes, failures, -z),
        upper_bound=_bound(successes, failures, z),
        exploration_bonus=1 / math.sqrt(trials + 1),
    )


def wilson_sample(successes: float | None, failures: float | None, seed: str | None) -> float | None:
    """A draw in [0, 1]: the Wilson bound at a random z instead of +-1.96, uniform without evidence.

    The same seed gives the same draw; it already ends in `|caption_key`. None in gives None out, a negative count is a
    ValueError. 95 % of draws lie inside `wilson_score_bounds`.
    """
    if successes is None or failures is None or seed is None:
        return None
    trials = _trials(successes, failures)
    draw = uniform(seed)
    return draw if trials == 0 else _bound(successes, failures, normal_quantile(draw))


def uniform(seed: str) -> float:
    """A number in (0, 1) from the first 13 hex digits k of the seed's MD5: (k + 0.5) / 2^52, equal on every machine."""
    digits = hashlib.md5(seed.encode("utf-8"), usedforsecurity=False).hexdigest()[:_HASH_DIGITS]
    return (int(digits, 16) + 0.5) / 4503599627370496


def normal_quantile(probability: float) -> float:
    """The z below which a standard normal falls with this probability, by Acklam; ValueError outside (0, 1)."""
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if probability < _TAIL:
        return _tail(math.sqrt(-2 * math.log(probability)))
    if probability > 1 - _TAIL:
        return -_tail(math.sqrt(-2 * math.log(1 - probability)))
    offset = probability - 0.5
    square = offset * offset
    return _polynomial(_CENTRE_TOP, square) * offset / _polynomial(_CENTRE_BOTTOM, square)


def _trials(successes: float, failures: float) -> float:
    if not (successes >= 0 and failures >= 0):
        raise ValueError(f"wilson: successes ({successes}) and failures ({failures}) must not be negative")
    return float(successes) + float(failures)


def _bound(successes: float, failures: float, z: float) -> float:
    trials = float(successes) + float(failures)
    variance = successes * failures / trials
    bound = (successes + 0.5 * z * z + z * math.sqrt(variance + 0.25 * z * z)) / (trials + z * z)
    return min(1.0, max(0.0, bound))


def _tail(root: float) -> float:
    return _polynomial(_TAIL_TOP, root) / _polynomial(_TAIL_BOTTOM, root)


def _polynomial(coefficients: tuple[float, ...], at: float) -> float:
    """Horner, highest power first."""
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * at + coefficient
    return total
