"""Runs every rule over the evidence of a week and sums up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from orchestrator.verify.evidence import Evidence, Finding
from orchestrator.verify.rules import RULES


@dataclass(frozen=True)
class VerifyReport:
    """What was looked at and what was found. `schedules` and `messages` count what is locked or further."""

    week: date
    findings: tuple[Finding, ...]
    schedules: int
    files: int
    messages: int
    rules: int

    @property
    def ok(self) -> bool:
        """No rule broken. A week with nothing in it is not ok: there is nothing that could have been broken."""
        return not self.findings and self.schedules > 0

    @property
    def broken_rules(self) -> tuple[str, ...]:
        """The names of the rules with findings, sorted."""
        return tuple(sorted({one.rule for one in self.findings}))

    def line(self) -> str:
        """One line for people."""
        return (
            f"checker: {self.schedules} schedules, {self.files} files, {self.messages} messages, "
            f"{self.rules} rules, {len(self.broken_rules)} broken"
        )

    def as_dict(self) -> Mapping[str, object]:
        """The same for `--json`."""
        return {
            "week": self.week.isoformat(),
            "schedules": self.schedules,
            "files": self.files,
            "messages": self.messages,
            "rules": self.rules,
            "broken_rules": list(self.broken_rules),
            "findings": [
                {"rule": one.rule, "schedule_id": one.schedule_id, "message": one.message, "detail": one.detail}
                for one in self.findings
            ],
        }


def check(evidence: Evidence) -> VerifyReport:
    """Every rule over one week's evidence; pure."""
    findings = [finding for rule in RULES for finding in rule.check(evidence)]
    return VerifyReport(
        week=evidence.week,
        findings=tuple(sorted(findings, key=lambda one: (one.rule, one.schedule_id, one.message, one.detail))),
        schedules=len(evidence.live),
        files=len(evidence.files),
        messages=sum(1 for _ in evidence.live_messages()),
        rules=len(RULES),
    )
