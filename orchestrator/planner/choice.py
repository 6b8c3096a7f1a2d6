"""Which captions a week uses: the best that break no rule, and a count of what is missing and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.domain.constants import constants
from orchestrator.domain.kinds import MessageType, PriceTier
from orchestrator.domain.plan import Candidate, Shortage, WeekRequest


@dataclass(frozen=True)
class Choice:
    """The captions of a week, best first, and what the quotas lack."""

    ppv: tuple[Candidate, ...]
    bumps: tuple[Candidate, ...]
    shortages: tuple[Shortage, ...]


@dataclass
class _Picker:
    """Takes captions one by one as long as they break no rule of the week."""

    request: WeekRequest
    left: dict[PriceTier, int]
    taken: list[Candidate] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    categories: Counter[str] = field(default_factory=Counter)
    urgent: int = 0
    refused: dict[PriceTier, Counter[str]] = field(default_factory=dict)

    def offer(self, candidate: Candidate) -> None:
        group = tier_group(candidate.price_tier)
        if not self.left.get(group, 0):
            return
        objection = self._objection(candidate)
        if objection:
            self.refused.setdefault(group, Counter())[objection] += 1
            return
        self.left[group] -= 1
        self.taken.append(candidate)
        self.keys.add(candidate.caption_key)
        self.categories[candidate.content_category] += 1
        self.urgent += candidate.has_urgency

    def _objection(self, candidate: Candidate) -> str:
        rules = constants()
        if candidate.caption_key in self.keys:
            return "with a text already in the week"
        if not is_free(candidate, self.request):
            return "in cool-down"
        if candidate.has_urgency and self.urgent >= rules.urgent_cap:
            return f"over the cap of {rules.urgent_cap} urgent"
        if self.categories[candidate.content_category] >= rules.category_cap:
            return f"over the cap of {rules.category_cap} of a category"
        return ""


def choose_captions(request: WeekRequest, quotas: Mapping[PriceTier, int]) -> Choice:
    """Fill the quotas (by group) greedily by final score, PPV before bumps; ties go to the smaller caption_key."""
    picker = _Picker(request, left=dict(quotas))
    for candidate in sorted(request.candidates, key=_rank):
        picker.offer(candidate)
    return Choice(
        ppv=tuple(one for one in picker.taken if one.message_type is MessageType.PPV),
        bumps=tuple(one for one in picker.taken if one.message_type is MessageType.BUMP),
        shortages=tuple(
            Shortage(group, missing, _why(group, picker.refused.get(group, Counter())))
            for group, missing in picker.left.items()
            if missing
        ),
    )


def tier_group(tier: PriceTier) -> PriceTier:
    """The tier whose quota a caption fills: luxury counts as premium."""
    return PriceTier.PREMIUM if tier is PriceTier.LUXURY else tier


def is_free(candidate: Candidate, request: WeekRequest) -> bool:
    """Whether the caption's key is out of cool-down on all seven days, so that any day may carry it."""
    first, last = request.week.dates[0], request.week.dates[-1]
    cooldown = constants().cooldown_days
    return all(
        (first - day).days >= cooldown or (day - last).days >= cooldown
        for day in request.history.get(candidate.caption_key, ())
    )


def _rank(candidate: Candidate) -> tuple[bool, float, str, int]:
    is_bump = candidate.message_type is MessageType.BUMP
    return is_bump, -candidate.final_score, candidate.caption_key, candidate.caption_id


def _why(group: PriceTier, refused: Counter[str]) -> str:
    what = "premium or luxury" if group is PriceTier.PREMIUM else group.value
    causes = [f"{count} {cause}" for cause, count in sorted(refused.items())]
    return "; ".join([f"too few {what} captions were offered", *causes])
