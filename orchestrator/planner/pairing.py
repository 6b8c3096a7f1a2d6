"""Which caption goes into which slot: the best caption into the best hour, and variety where it costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from orchestrator.domain.kinds import PriceTier
from orchestrator.domain.plan import Candidate
from orchestrator.planner.slots import Slot

_MAX_ROUNDS = 4  # each round strictly lessens the clashes; two are nearly always enough


@dataclass(frozen=True)
class Placement:
    """A caption in its slot."""

    slot: Slot
    caption: Candidate


def pair(
    ppv_slots: Sequence[Slot], ppv: Sequence[Candidate], bump_slots: Sequence[Slot], bumps: Sequence[Candidate]
) -> list[Placement]:
    """Placements by time. As many slots as captions are expected of each type."""
    placements = [*_best_to_best(ppv_slots, ppv), *_best_to_best(bump_slots, bumps)]
    placements.sort(key=lambda placement: placement.slot.at)
    return vary(placements)


def vary(placements: Sequence[Placement]) -> list[Placement]:
    """Swap captions of equal worth so that fewer neighbours share a tier or a category.

    Two captions of a type may swap when their slots or their expected EMV are equal: the week earns the same.
    """
    slots = [placement.slot for placement in placements]
    captions = [placement.caption for placement in placements]
    for _ in range(_MAX_ROUNDS):
        swaps = [_swap_if_better(slots, captions, i, j) for i, j in combinations(range(len(slots)), 2)]
        if not any(swaps):
            break
    return [Placement(slot, caption) for slot, caption in zip(slots, captions, strict=True)]


def clashes(captions: Sequence[Candidate]) -> int:
    """Neighbours that share a category, plus neighbouring PPVs that share a tier; all bumps share one anyway."""
    return sum(_clash(captions, i) for i in range(1, len(captions)))


def _best_to_best(slots: Sequence[Slot], captions: Sequence[Candidate]) -> list[Placement]:
    by_value = sorted(slots, key=lambda slot: (-slot.value, slot.at))
    by_worth = sorted(captions, key=lambda one: (-one.expected_emv, -one.final_score, one.caption_key, one.caption_id))
    return [Placement(slot, caption) for slot, caption in zip(by_value, by_worth, strict=True)]


def _swap_if_better(slots: Sequence[Slot], captions: list[Candidate], i: int, j: int) -> bool:
    one, other = captions[i], captions[j]
    if one.message_type is not other.message_type:
        return False
    if slots[i].value != slots[j].value and one.expected_emv != other.expected_emv:
        return False
    touched = sorted({i, i + 1, j, j + 1} & set(range(1, len(captions))))
    before = sum(_clash(captions, k) for k in touched)
    if not before:
        return False
    captions[i], captions[j] = other, one
    if sum(_clash(captions, k) for k in touched) < before:
        return True
    captions[i], captions[j] = one, other
    return False


def _clash(captions: Sequence[Candidate], i: int) -> int:
    before, after = captions[i - 1], captions[i]
    same_tier = before.price_tier is after.price_tier and after.price_tier is not PriceTier.BUMP
    return same_tier + (before.content_category == after.content_category)
