"""What every report says, in the same words: only the form is a report's own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infra.dry_runs import Spent
from infra.gate import Finding, Review
from infra.plan.costs import CostChange, Estimate
from infra.plan.details import Detail
from infra.plan.model import Action, Change, Plan
from infra.plan.reach import Reach
from infra.plan.texts import TextDiff
from infra.plan.words.plain import COMPUTED
from infra.report.secrets import without_secrets

Phases = Sequence[Mapping[str, Any]]
STAND_IN_WORDS = (
    "made with the stand-in provider: it shows what Terraform would do and what would be asked of Google, "
    "not how Google would answer"
)
SIGNS = {
    Action.DELETE: "-",
    Action.REPLACE: "±",
    Action.FORGET: "?",
    Action.UPDATE: "~",
    Action.CREATE: "+",
    Action.IMPORT: "<",
    Action.MOVE: ">",
    Action.UNKNOWN: "!",
}
_PAST = {
    Action.DELETE: "destroyed",
    Action.REPLACE: "destroyed and created anew",
    Action.FORGET: "forgotten",
    Action.UPDATE: "changed",
    Action.CREATE: "created",
    Action.IMPORT: "adopted",
    Action.MOVE: "moved",
    Action.UNKNOWN: "done something unknown to",
}
_KEPT = "\n\t"
_REACHED = {
    "tables": "tables that it fills",
    "routines": "routines",
    "views": "views",
    "schedules": "schedules",
    "queries": "queries",
    "agents": "agents",
    "waiting": "agents that wait for those",
}
_MIB = 1024**2


@dataclass(frozen=True)
class Told:
    """One change with all that is said of it."""

    detail: Detail
    reach: Reach
    refused: tuple[str, ...]
    """The rules that object; why is told once, before all changes."""

    @property
    def change(self) -> Change:
        """The change itself."""
        return self.detail.change


def told(review: Review) -> tuple[Told, ...]:
    """Every change, worst first: what is lost, what is refused, then in the order of the plan."""
    changes = (
        Told(
            _without_secrets(detail),
            reach,
            tuple(dict.fromkeys(one.rule for one in review.verdicts.of(detail.change.address, detail.change.stack))),
        )
        for detail, reach in zip(review.details, review.reaches, strict=True)
    )
    return tuple(sorted(changes, key=lambda one: (not is_loss(one), not one.refused)))


def _without_secrets(detail: Detail) -> Detail:
    """What is told, text by text and diff by diff: line by line a key of several lines could not be told."""
    words, arguments = (tuple(map(without_secrets, texts)) for texts in (detail.words, detail.arguments))
    diffs = tuple(TextDiff(one.title, tuple(without_secrets("\n".join(one.lines)).split("\n"))) for one in detail.diffs)
    headline = without_secrets(detail.headline)
    return replace(detail, headline=headline, words=words, arguments=arguments, diffs=diffs)


def is_loss(one: Told) -> bool:
    """Whether an object or a column is lost; Terraform calls the loss of a column an update."""
    return one.change.action.is_destructive or bool(lost_columns(one))


def title(plan: Plan) -> str:
    """One line: where, and how many stacks."""
    stacks = ", ".join(one.stack for one in plan.stacks) or "no stack"
    return f"Plan for {plan.environment}: {stacks}"


def provider_words(plan: Plan) -> str:
    """Which plugin made the plan, and what that is worth."""
    if plan.is_stand_in:
        return STAND_IN_WORDS
    return f"made with {plan.provider}" if plan.provider else "made with a provider that nobody named"


def counts(plan: Plan) -> str:
    """One line: "1 destroyed, 2 changed, 9 created", or that there is nothing to do."""
    found = [f"{number} {_PAST[action]}" for action, number in plan.counts.items()]
    if not found:
        outputs = sum(len(one.changed_outputs) for one in plan.stacks)
        some = "1 output" if outputs == 1 else f"{outputs} outputs"
        return f"{some} changed, no object" if outputs else "No changes: the target is as declared"
    return ", ".join(found)


def verdict_line(review: Review) -> str:
    """One line: what the gate says."""
    verdicts = review.verdicts
    if verdicts.refused:
        number = len(verdicts.refused)
        return f"The gate refuses: {number} objection{'' if number == 1 else 's'}"
    if verdicts.unjudged:
        return f"The gate is undecided: nobody judged {', '.join(verdicts.unjudged)}"
    allowed = f", {len(verdicts.allowed)} of them by a given reason" if verdicts.allowed else ""
    return f"The gate passes: {len(verdicts.rules)} rules{allowed}"


def objections(review: Review) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    """Each objection once, with the "address in stack" of every resource that it is raised against."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for one in review.verdicts.refused:
        grouped.setdefault((one.rule, one.reason, one.fix), []).append(one)
    for found in grouped.values():
        yield found[0], tuple(f"{one.address} in {one.stack}" for one in found)


def destructive(review: Review) -> tuple[Told, ...]:
    """What would be lost, which every report says first."""
    return tuple(one for one in told(review) if is_loss(one))


def lost_columns(one: Told) -> tuple[str, ...]:
    """What becomes of each column that a change drops, narrows or requires."""
    return tuple(str(column) for column in one.detail.columns if column.kind.is_loss)


def reach_lines(reach: Reach, most: int | None = None) -> Iterator[tuple[str, str]]:
    """("agents", "caption_selector, ...") for each kind of thing downstream; of a long list only the first `most`."""
    for kind, label in _REACHED.items():
        names = getattr(reach, kind)
        if names:
            more = f" and {len(names) - most} more" if most is not None and len(names) > most else ""
            yield label, ", ".join(names[: most if more else None]) + more


def drift_lines(plan: Plan) -> Iterator[str]:
    """What was changed behind Terraform's back; what a provider counts by itself, such as rows, is left out."""
    for stack in plan.stacks:
        for one in stack.drift:
            differing = [name for name in one.changed if name not in COMPUTED]
            if one.after is None:
                yield f"{stack.stack}: {one.address} is gone"
            elif differing:
                yield f"{stack.stack}: {one.address} differs in {', '.join(differing)}"


COST_HEADINGS = ("scheduled query", "a run", "runs a day", "before", "after", "last week, really")


def cost_row(cost: CostChange) -> tuple[str, ...]:
    """One scheduled query under COST_HEADINGS: bytes and dollars a day."""
    shown = cost.after or cost.before
    if cost.unknown or shown is None:
        return (cost.name, "?", "?", "?", "?", _real(cost.last_week))
    return (
        cost.name,
        size(shown.bytes_per_run),
        f"{shown.runs_per_day:g}",
        _dollars(cost.before),
        _dollars(cost.after),
        _real(cost.last_week),
    )


def cost_notes(costs: Sequence[CostChange]) -> Iterator[str]:
    """How far the estimate can be trusted."""
    yield (
        "an estimate, dollars a day: dry runs of every statement, at least 10 MiB per table, "
        "as if every branch and every firing did its work"
    )
    for one in costs:
        guessed = max((side.guessed for side in (one.before, one.after) if side is not None), default=0)
        if one.unknown:
            yield f"{one.name}: {one.unknown}"
        if guessed:
            statements = max(side.statements for side in (one.before, one.after) if side is not None)
            yield f"{one.name}: {guessed} of {statements} statements could not be dry-run and count with whole tables"


def phase_row(phase: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """(phase, outcome, seconds, note) of a deployment."""
    seconds = phase.get("seconds")
    return (
        str(phase.get("phase", "")),
        str(phase.get("outcome", "")),
        "" if seconds is None else f"{float(seconds):.1f} s",
        str(phase.get("note", "")),
    )


def size(number: float) -> str:
    """Bytes for people: MiB up to a GiB."""
    mib = number / _MIB
    return f"{mib / 1024:,.1f} GiB" if mib >= 1024 else f"{mib:,.0f} MiB"


def printable(text: str) -> str:
    """Text without secrets, and without characters that move a cursor, reverse the line or cannot be seen.

    Line ends and tabs stay.
    """
    text = without_secrets(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if _is_seen(one) else "\N{REPLACEMENT CHARACTER}" for one in text)


def _is_seen(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in _UNSEEN


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _dollars(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"${estimate.dollars_per_day:,.4f}"


def _real(spent: Spent | None) -> str:
    return "–" if spent is None else f"${spent.dollars_per_day:,.4f}"
