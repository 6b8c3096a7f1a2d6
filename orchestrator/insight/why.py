"""Why a message is what it is: its caption, time and price, from what was written down when it was planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orchestrator.bandit import Replay, replay
from orchestrator.domain import PickEvidence, constants
from orchestrator.domain.ports import Queries
from orchestrator.errors import UsageError
from orchestrator.insight.lookup import nearest
from orchestrator.insight.rerun import Judged, Rerun, select_again
from orchestrator.insight.stored import StoredMessage, read_message

# BigQuery's logarithm and square root may differ from Python's in the last place.
_ROUNDING = 1e-12
_COMPARED = {
    "seen_hits": "hits seen",
    "seen_misses": "misses seen",
    "prior_hits": "expected hits",
    "prior_misses": "expected misses",
    "freshness": "freshness",
    "price": "price",
    "views_per_message": "views per message",
    "temper": "temper",
}


@dataclass(frozen=True)
class Why:
    """A message among those of its week, with its tier group selected again; `holidays` are those of its day."""

    message: StoredMessage
    week: tuple[StoredMessage, ...]
    rerun: Rerun
    holidays: tuple[str, ...]

    @property
    def today(self) -> Judged | None:
        """The caption as the selection judges it today; None when it is not offered any more."""
        return self.rerun.of(self.message.caption_key)

    @property
    def evidence(self) -> PickEvidence | None:
        """What was written down; for weeks planned before that was done, what is known today."""
        return self.message.pick or (self.today.evidence if self.today else None)

    @property
    def replayed(self) -> Replay | None:
        """The pick computed again from what was written down."""
        message = self.message
        return replay(message.pick, message.caption_key, message.tier) if message.pick else None

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """(name, stored, computed) of what the replay does not give back to the last bit."""
        message, pick, again = self.message, self.message.pick, self.replayed
        if pick is None or again is None:
            return []
        pairs = [
            ("thompson_score", pick.thompson_score, again.thompson_score),
            ("final_score", message.final_score, again.final_score),
            ("expected_emv", message.expected_emv, again.expected_emv),
            ("seed", message.seed, pick.seed),
        ]
        return [(name, stored, computed) for name, stored, computed in pairs if stored != computed]

    @property
    def agrees(self) -> bool:
        """Whether the replay gives what was stored, but for rounding in the last place."""
        return all(
            isinstance(stored, float) and abs(stored - computed) <= _ROUNDING * max(1.0, abs(computed))
            for _, stored, computed in self.differences
        )

    @property
    def group(self) -> list[StoredMessage]:
        """The week's messages of the same tier group, best first."""
        found = [one for one in self.week if one.group is self.message.group]
        return sorted(found, key=lambda one: (-one.final_score, one.caption_key))

    @property
    def passed_over(self) -> list[Judged]:
        """Captions that score more today than this one did and that a rule keeps out of the week."""
        return self.rerun.kept_out(self.message.final_score)

    @property
    def still_picked(self) -> int:
        """How many of the group's messages the selection would pick again today."""
        return len(self.rerun.picked & {one.caption_key for one in self.group})

    @property
    def changes(self) -> list[str]:
        """What is different today from when the caption was picked."""
        message, today = self.message, self.today
        found = []
        if message.policy_version != constants().policy_version:
            found.append(f"decision rules {message.policy_version} then, {constants().policy_version} now")
        if not message.is_text_current:
            found.append("the text was changed after the week was planned")
        if today is None:
            found.append("the caption is not offered any more: inactive, or another with its text stands for it")
        elif message.pick is not None:
            then, now = message.pick, today.evidence
            found += [
                f"{name} {shown(getattr(then, field))} then, {shown(getattr(now, field))} now"
                for field, name in _COMPARED.items()
                if getattr(then, field) != getattr(now, field)
            ]
        return found

    @property
    def gaps(self) -> tuple[timedelta | None, timedelta | None]:
        """Time since the message before and until the message after; None at the ends of the week."""
        place = self.week.index(self.message)
        before = self.message.at - self.week[place - 1].at if place else None
        after = self.week[place + 1].at - self.message.at if place + 1 < len(self.week) else None
        return before, after


def explain_message(warehouse: Queries, schedule_id: str, position: int) -> Why:
    """Look a message up and select again for its page; only reads. UsageError for an unknown schedule or position."""
    week = tuple(read_message(row) for row in warehouse.query("schedule_decisions", {"schedule_id": schedule_id}))
    if not week:
        raise _unknown_schedule(warehouse, schedule_id)
    message = next((one for one in week if one.position == position), None)
    if message is None:
        raise UsageError(
            f"{schedule_id} has no message {position}",
            why=f"its messages are numbered {week[0].position} to {week[-1].position}",
            fix=f"eros why {schedule_id} {week[0].position}",
        )
    versions = warehouse.query(
        "existing_schedules", {"week_start": message.week.monday, "page_names": [message.page_name]}
    )
    holidays = warehouse.query("verify_holidays", {"week_start": message.week.monday})
    return Why(
        message=message,
        week=week,
        rerun=select_again(warehouse, message, [row["schedule_id"] for row in versions]),
        holidays=tuple(row["holiday_name"] for row in holidays if row["holiday_date"] == message.local.date()),
    )


def shown(value: Any) -> str:
    """A figure for people: six significant digits."""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _unknown_schedule(warehouse: Queries, schedule_id: str) -> UsageError:
    everything: dict[str, Any] = {"first_week": None, "last_week": None, "page_names": [], "statuses": []}
    known = [row["schedule_id"] for row in warehouse.query("schedule_overview", everything)]
    close = nearest(schedule_id, known)
    return UsageError(
        f"no schedule {schedule_id}",
        why="" if known else "no week has been planned yet",
        fix=f"did you mean {' or '.join(close)}? (eros schedules lists them)" if close else "eros schedules --week all",
    )
