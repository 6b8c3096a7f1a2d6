"""Names: schedule ids, page names, weeks, versions, seeds, statuses; one live schedule per page and week."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.verify.evidence import STATUSES, Evidence, Finding, Rule, group_by

PAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def schedule_id(evidence: Evidence) -> Iterator[Finding]:
    """`sched_<YYYYMMDD of the week's Monday>_<page_name>_v<N>`, N from 1."""
    for one in evidence.of_week:
        expected = f"sched_{one.week_start:%Y%m%d}_{one.page_name}_v{one.version}"
        if one.schedule_id != expected or one.version < 1:
            yield Finding(
                "identity.schedule_id", one.schedule_id, "is not the id of its page, week and version", expected
            )


def page_name(evidence: Evidence) -> Iterator[Finding]:
    """A page name is lower case and safe in a file name."""
    for one in evidence.of_week:
        if not PAGE_NAME.fullmatch(one.page_name):
            yield Finding("identity.page_name", one.schedule_id, "has a page name outside the pattern", one.page_name)


def monday(evidence: Evidence) -> Iterator[Finding]:
    """Weeks start on a Monday of the business zone."""
    for one in evidence.of_week:
        if one.week_start.weekday() != 0:
            yield Finding(
                "identity.monday", one.schedule_id, "does not start on a Monday", f"{one.week_start:%A %Y-%m-%d}"
            )


def seed(evidence: Evidence) -> Iterator[Finding]:
    """A schedule's seed is `seed|week|page|vN`, so that it can be replayed."""
    for one in evidence.of_week:
        expected = f"|{one.week_start:%Y-%m-%d}|{one.page_name}|v{one.version}"
        if not one.seed.endswith(expected) or one.seed == expected:
            yield Finding(
                "identity.seed", one.schedule_id, "has a seed of another form", f"{one.seed!r}, not ...{expected}"
            )


def status(evidence: Evidence) -> Iterator[Finding]:
    """A status is one of the ten of the contract."""
    for one in evidence.of_week:
        if one.status not in STATUSES:
            yield Finding("identity.status", one.schedule_id, "has an unknown status", one.status)


def terms(evidence: Evidence) -> Iterator[Finding]:
    """Account size, saturation zone, mode and segment are ones that the business constants define."""
    for one in evidence.live:
        if one.unknown_terms:
            yield Finding("identity.terms", one.schedule_id, "uses terms nobody defined", ", ".join(one.unknown_terms))


def one_live(evidence: Evidence) -> Iterator[Finding]:
    """At most one schedule of a page's week is locked or further: a replan supersedes the one before."""
    for page, rows in group_by(evidence.live, lambda one: one.page_name).items():
        if len(rows) > 1:
            detail = ", ".join(f"{one.schedule_id} {one.status}" for one in rows)
            yield Finding("identity.one_live", rows[-1].schedule_id, f"{page} has {len(rows)} live schedules", detail)


RULES = (
    Rule("identity.schedule_id", schedule_id),
    Rule("identity.page_name", page_name),
    Rule("identity.monday", monday),
    Rule("identity.seed", seed),
    Rule("identity.status", status),
    Rule("identity.terms", terms),
    Rule("identity.one_live", one_live),
)
