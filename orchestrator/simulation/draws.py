"""Random draws the standard library lacks; each takes its own generator, so that no part of a world moves another."""

import math
import random
from collections.abc import Sequence

NORMAL_FROM_MEAN = 40.0


def generator(seed: str | int, *parts: str | int) -> random.Random:
    """An independent generator for one part of the world, the same on every machine for the same seed and parts."""
    return random.Random("|".join(str(part) for part in (seed, *parts)))


def lognormal(rng: random.Random, sigma: float) -> float:
    """A positive factor of mean 1 and about `sigma` relative spread."""
    return math.exp(rng.gauss(-sigma * sigma / 2, sigma))


def binomial(rng: random.Random, trials: int, rate: float) -> int:
    """Successes out of `trials`: Poisson for small means, else the normal approximation, never outside [0, trials]."""
    mean = trials * min(max(rate, 0.0), 1.0)
    if mean <= 0:
        return 0
    if mean > NORMAL_FROM_MEAN:
        drawn = round(rng.gauss(mean, math.sqrt(mean * (1 - mean / trials))))
    else:
        drawn = _poisson(rng, mean)
    return min(max(drawn, 0), trials)


def skewed_index(rng: random.Random, size: int, power: float = 2.0) -> int:
    """An index into a list of favourites: the first ones are drawn most."""
    return int(size * rng.random() ** power)


def largest_remainder(total: int, weights: Sequence[float]) -> list[int]:
    """`total` split by weight into whole numbers that add up to it; ties go to the earlier share."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    shares = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def _poisson(rng: random.Random, mean: float) -> int:
    """Knuth's product of uniforms; fit for small means only."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
