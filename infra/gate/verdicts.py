"""What the rules know, what they say, and what a person may allow in spite of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.errors import RefusedError, UsageError
from infra.plan.model import Change

_ALLOWANCE = re.compile(r"(?P<rule>[a-z-]+):(?P<address>[^=\s]+)=(?P<reason>.*)", re.DOTALL)
_SHORTEST_REASON = 10


@dataclass(frozen=True)
class Finding:
    """One rule's objection to one resource. `allowable`: a person may apply it all the same, giving a reason."""

    rule: str
    stack: str
    address: str
    reason: str
    fix: str
    allowable: bool = False

    def __str__(self) -> str:
        return f"{self.address}: {self.reason} [{self.rule}]"


@dataclass(frozen=True)
class Allowance:
    """A person's word that one finding is meant, with the reason that goes into the release's record."""

    rule: str
    address: str
    reason: str


@dataclass(frozen=True)
class Rise:
    """Dollars a day that a change may add to the bill, as estimated; `dollars_after` is None when nobody could tell."""

    stack: str
    address: str
    dollars_before: float
    dollars_after: float | None
    why: str = ""


@dataclass(frozen=True)
class Context:
    """What a rule needs besides the plan.

    `labels` must stand on everything that can carry labels. `rises` are the estimated costs, None when nobody estimated
    them; `rise_limit` is the dollars a day that they may rise in sum without a reason. `configurations` and `earlier`
    are the stacks' cdk.tf.json of this release and of the last one: only there prevent_destroy can be seen.
    """

    labels: Mapping[str, str] = field(default_factory=lambda: {"system": "eros"})
    allowances: Sequence[Allowance] = ()
    rises: Sequence[Rise] | None = ()
    rise_limit: float = 0.0
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdicts:
    """The outcome: which rules ran, what is refused, what was allowed and why, and what nobody could judge."""

    rules: tuple[str, ...]
    refused: tuple[Finding, ...] = ()
    allowed: tuple[tuple[Finding, Allowance], ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the plan may be applied."""
        return not self.refused and not self.unjudged

    def of(self, address: str, stack: str) -> tuple[Finding, ...]:
        """What is said against one resource."""
        return tuple(one for one in self.refused if (one.address, one.stack) == (address, stack))

    def raise_if_refused(self) -> None:
        """Raises RefusedError (exit code 3) naming every resource, rule, reason and what to do."""
        if self.passed:
            return
        if not self.refused:
            raise RefusedError(
                f"the gate cannot pass this plan: nobody judged {', '.join(self.unjudged)}; nothing was applied",
                why="no dry run said what the scheduled queries cost",
                fix="plan where the target can be reached: eros-infra plan",
            )
        raise RefusedError(
            f"the gate refuses this plan: {_counted(len(self.refused), 'objection')}; nothing was applied",
            where=", ".join(dict.fromkeys(f"{one.stack}: {one.address}" for one in self.refused)),
            why="; ".join(str(one) for one in self.refused),
            fix="; ".join(dict.fromkeys(one.fix for one in self.refused)),
        )

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and for gate.json of a release."""
        return {
            "passed": self.passed,
            "rules": list(self.rules),
            "unjudged": list(self.unjudged),
            "refused": [vars(one) for one in self.refused],
            "allowed": [{**vars(finding), "allowed_because": one.reason} for finding, one in self.allowed],
        }


def finding(rule: str, change: Change, reason: str, fix: str, *, allowable: bool = False) -> Finding:
    """An objection to a resource of a plan."""
    return Finding(rule, change.stack, change.address, reason, fix, allowable)


def read_allowances(texts: Iterable[str], allowable: Iterable[str] = ("cost",)) -> tuple[Allowance, ...]:
    """What `--allow RULE:ADDRESS=REASON` gave. Raises UsageError: only a rule of `allowable` may be allowed, and not
    without a reason that somebody can read a month later."""
    found = []
    for text in texts:
        match = _ALLOWANCE.fullmatch(text.strip())
        if match is None:
            raise UsageError(f"--allow {text!r} cannot be read", fix="--allow 'RULE:ADDRESS=the reason in a sentence'")
        one = Allowance(match["rule"], match["address"], " ".join(match["reason"].split()))
        if one.rule not in allowable:
            raise UsageError(
                f"the rule {one.rule!r} cannot be allowed away",
                why=f"only these can: {', '.join(allowable)}",
                fix="change the configuration so that the plan does no harm",
            )
        if len(one.reason) < _SHORTEST_REASON:
            raise UsageError(f"--allow {one.rule}:{one.address} has no reason", fix="write why it is worth its money")
        found.append(one)
    return tuple(found)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
