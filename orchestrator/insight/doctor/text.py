"""`eros doctor` for people."""

from __future__ import annotations

from orchestrator.insight.doctor.checks import Check, Verdict
from orchestrator.insight.doctor.run import DoctorReport
from orchestrator.insight.wording import wrapped

_MARK, _NAME = 6, 13


def doctor_lines(report: DoctorReport) -> list[str]:
    """A line per check and, where something is to be done, one that says what; what was not looked at comes last."""
    lines = [line for check in report.checks if check.verdict is not Verdict.SKIP for line in _told(check)]
    left: dict[str, list[str]] = {}
    for check in report.checks:
        if check.verdict is Verdict.SKIP:
            left.setdefault(check.detail, []).append(check.name)
    for why, names in left.items():
        lines += wrapped(f"{'-':<{_MARK}}", f"{', '.join(names)}: {why}")
    return [*lines, "", report.line()]


def _told(check: Check) -> list[str]:
    lines = wrapped(f"{check.verdict:<{_MARK}}{check.name:<{_NAME}}", check.detail)
    return lines + (wrapped(f"{'':<{_MARK + _NAME}}-> ", check.fix) if check.fix else [])
