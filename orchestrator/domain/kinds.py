"""The closed vocabularies of the business, spelled as the tables store them."""

from __future__ import annotations

from enum import StrEnum


class AccountSize(StrEnum):
    """How much a page earns per 90 days; decides base volume and minimum gap."""

    MICRO = "MICRO"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"
    MEGA = "MEGA"


class Zone(StrEnum):
    """How saturated a page's audience is: GREEN sends normally, RED is withheld from export."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


class PriceTier(StrEnum):
    """The price band of a caption; `bump` is free."""

    BUDGET = "budget"
    MID = "mid"
    PREMIUM = "premium"
    LUXURY = "luxury"
    BUMP = "bump"


class Segment(StrEnum):
    """What a page's audience pays; changes the tier mix only, never a score."""

    BUDGET = "BUDGET"
    STANDARD = "STANDARD"
    PREMIUM = "PREMIUM"
    LUXURY = "LUXURY"
    EXPLORATORY = "EXPLORATORY"


class MessageType(StrEnum):
    """PPV is paid content, Bump a free nudge."""

    PPV = "PPV"
    BUMP = "Bump"


class Mode(StrEnum):
    """How bold a run is: sampled scores, posterior means, or lower bounds with less PPV."""

    OPTIMIZE = "optimize"
    SAFE = "safe"
    CONSERVATIVE = "conservative"
