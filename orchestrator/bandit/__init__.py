"""The Python twin of the SQL bandit, bit for bit."""

from orchestrator.bandit.replay import Replay, posterior, replay
from orchestrator.bandit.wilson import WilsonBounds, normal_quantile, uniform, wilson_sample, wilson_score_bounds

__all__ = [
    "Replay",
    "WilsonBounds",
    "normal_quantile",
    "posterior",
    "replay",
    "uniform",
    "wilson_sample",
    "wilson_score_bounds",
]
