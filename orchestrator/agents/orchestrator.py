"""orchestrator: runs the other five agents as stages over all pages, and says what became of each page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from orchestrator.agents import caption_selector, performance_analyzer, real_time_monitor, schedule_builder
from orchestrator.agents.caption_selector import Selection, SelectionRequest
from orchestrator.agents.performance_analyzer import PageProfile
from orchestrator.agents.real_time_monitor import PageState
from orchestrator.agents.run_report import PageResult, RunReport
from orchestrator.agents.sheets_exporter import approve_schedules, export_all, retire_sheets
from orchestrator.domain import Mode, Status, Week, WeekPlan, Zone
from orchestrator.domain.constants import constants
from orchestrator.domain.identity import plan_seed
from orchestrator.domain.labels import page_name
from orchestrator.domain.ports import Queries
from orchestrator.domain.status import LEGAL_TRANSITIONS
from orchestrator.domain.week import to_utc
from orchestrator.errors import ErosError, UsageError
from orchestrator.planner.volume import segment_mix, weekly_targets
from orchestrator.verify import verify_week
from sql import constants as yaml_constants

_WITHDRAWN = (Status.SUPERSEDED, Status.CANCELLED, Status.REJECTED)


class Warehouse(Queries, Protocol):
    """What the agents need of the warehouse."""

    def now(self) -> datetime:
        """The one clock."""
        ...


@dataclass(frozen=True)
class RunRequest:
    """What a person asks for; no pages means every active one, no seed the project's."""

    week: str
    pages: tuple[str, ...] = ()
    out: Path = Path("schedules")
    seed: str | None = None
    mode: str = "optimize"
    replan: bool = False
    auto_approve: bool = False
    actor: str = "eros"


@dataclass
class _Run:
    """The state of one run: each stage reads what the ones before it found, and fails pages one by one."""

    warehouse: Warehouse
    week: Week
    mode: Mode
    seed: str
    actor: str
    profiles: dict[str, PageProfile] = field(default_factory=dict)
    states: dict[str, PageState] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    superseded: dict[str, str] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    selections: dict[str, Selection] = field(default_factory=dict)
    plans: dict[str, WeekPlan] = field(default_factory=dict)
    results: dict[str, PageResult] = field(default_factory=dict)

    def open_pages(self) -> list[str]:
        """Pages that have not come to an end yet, in order."""
        return [page for page in sorted(self.versions) if page not in self.results]


def week_of(text: str, now: datetime) -> Week:
    """The week a person means: a Monday, or `next` for the coming one. UsageError for anything else."""
    return Week.containing(now).next if text == "next" else Week.parse(text)


def run_week(request: RunRequest, warehouse: Warehouse, *, on_progress: Callable[[str], object] = str) -> RunReport:
    """Plan, lock and export the week of every page asked for.

    Pages fail alone. Raises UsageError for a bad week, mode or page, before anything is written.
    """
    now = warehouse.now()
    week = week_of(request.week, now)
    _check_week(week, now)
    run = _Run(warehouse, week, _mode(request.mode), request.seed or constants().default_seed, request.actor)
    on_progress("analysing pages")
    _analyse(run, request, now)
    _find_versions(run, request)
    on_progress(f"selecting captions for {len(run.open_pages())} pages")
    factors = schedule_builder.day_factors(warehouse, week)
    _select(run, factors)
    on_progress("building and locking the weeks")
    _build(run, factors)
    run.withdrawn += _lock(run)
    on_progress("checking and exporting")
    retire_sheets(request.out, run.withdrawn)
    _export(run, request)
    return RunReport(
        week_start=week.monday,
        mode=run.mode.value,
        seed=run.seed,
        as_of=now,
        pages=tuple(run.results[page] for page in sorted(run.results)),
        stale=_stale(run, now),
    )


def _stale(run: _Run, now: datetime) -> str:
    """A remark when no page has sent anything for so long that saturation cannot be judged from it."""
    newest = max((state.last_sent_at for state in run.states.values() if state.last_sent_at), default=None)
    if newest is None or (now - newest).days < yaml_constants()["saturation"]["recent_days"]:
        return ""
    return f"stale: the newest message is {(now - newest).days} days old; zones rest on old data: eros import DIR"


def _check_week(week: Week, now: datetime) -> None:
    first = to_utc(week.monday, constants().sending.first)
    if first <= now:
        coming = Week.containing(now).next
        opening, clock = (f"{week.local(instant):%Y-%m-%d %H:%M %z}" for instant in (first, now))
        raise UsageError(
            f"the week of {week} has begun",
            why=f"its messages may leave from {opening}, and now is {clock}",
            fix=f"eros run --week {coming}",
        )


def _mode(text: str) -> Mode:
    try:
        return Mode(text)
    except ValueError:
        raise UsageError(f"unknown mode {text!r}", fix=f"use one of {', '.join(Mode)}") from None


def _analyse(run: _Run, request: RunRequest, now: datetime) -> None:
    asked = sorted({page_name(page) for page in request.pages})
    with ThreadPoolExecutor(max_workers=2) as pool:
        profiles = pool.submit(performance_analyzer.analyze, run.warehouse, pages=asked, as_of=now)
        states = pool.submit(real_time_monitor.observe, run.warehouse, pages=asked, week=run.week)
        run.profiles, run.states = profiles.result(), states.result()
    unknown = sorted(set(asked) - set(run.profiles))
    if unknown:
        raise UsageError(
            f"no active page {', '.join(unknown)}", why="creators.csv does not list it as active", fix="eros import DIR"
        )
    if not run.profiles:
        raise UsageError("there are no active pages", fix="eros import DIR")


def _find_versions(run: _Run, request: RunRequest) -> None:
    """Decide per page: a new version, a draft made again, or a week that stands and is returned unchanged."""
    params = {"week_start": run.week.monday, "page_names": sorted(run.profiles)}
    versions: dict[str, list[dict[str, Any]]] = {page: [] for page in run.profiles}
    for row in run.warehouse.query("existing_schedules", params):
        versions[row["page_name"]].append(row)
    for page, rows in versions.items():
        run.withdrawn += [row["schedule_id"] for row in rows if Status(row["status"]) in _WITHDRAWN]
        standing = [row for row in rows if Status(row["status"]).holds_locks]
        newest = int(rows[-1]["version"]) if rows else 0
        redo = bool(rows) and Status(rows[-1]["status"]) is Status.DRAFT
        run.versions[page] = newest if redo else newest + 1
        if not standing:
            continue
        if request.replan and Status.SUPERSEDED in LEGAL_TRANSITIONS[Status(standing[-1]["status"])]:
            run.superseded[page] = standing[-1]["schedule_id"]
        else:
            run.results[page] = _unchanged(run, page, standing[-1])


def _unchanged(run: _Run, page: str, row: dict[str, Any]) -> PageResult:
    return PageResult(
        page_name=page,
        schedule_id=row["schedule_id"],
        account_size=row["account_size"],
        zone=row["saturation_status"],
        ppv_count=row["ppv_count"],
        bump_count=row["bump_count"],
        expected_emv=float(row["expected_emv"]),
        status="unchanged",
        stands_at=row["status"],
        detail="" if row["mode"] == run.mode.value else f"planned in mode {row['mode']}; --replan makes it anew",
    )


def _select(run: _Run, factors: dict[date, Any]) -> None:
    requests = []
    for page in run.open_pages():
        profile = run.profiles[page]
        ppv, bumps = weekly_targets(profile.account_size, profile.zone, _week_factors(run.week, factors), run.mode)
        mix = segment_mix(profile.segment, ppv)
        seed = plan_seed(run.seed, run.week, page, run.versions[page])
        requests.append(SelectionRequest(page, mix["budget"], mix["mid"], mix["premium"], bumps, seed))
    run.selections = caption_selector.select(
        run.warehouse, requests, as_of=run.week.start_utc, mode=run.mode, supersede=list(run.superseded.values())
    )


def _build(run: _Run, factors: dict[date, Any]) -> None:
    for page in run.open_pages():
        try:
            plan = schedule_builder.build(
                run.profiles[page],
                run.states[page],
                run.selections[page],
                week=run.week,
                mode=run.mode,
                version=run.versions[page],
                seed=run.seed,
                factors=factors,
            )
        except (ErosError, ValueError) as error:
            run.results[page] = _failed(run, page, f"the week cannot be built: {error}")
            continue
        if plan.messages:
            run.plans[page] = plan
        else:
            run.results[page] = _failed(run, page, "no caption is free for this week")


def _lock(run: _Run) -> list[str]:
    """Store and lock the new weeks; returns the schedules they replaced."""
    plans = [run.plans[page] for page in run.open_pages()]
    problems = schedule_builder.save_drafts(run.warehouse, plans, run.profiles, run.selections)
    for plan in plans:
        if plan.schedule_id in problems:
            run.results[plan.request.page_name] = _failed(run, plan.request.page_name, problems[plan.schedule_id])
    plans = [plan for plan in plans if plan.schedule_id not in problems]
    planned = {plan.request.page_name for plan in plans}
    replaced = {page: old for page, old in run.superseded.items() if page in planned}
    locks = schedule_builder.lock(run.warehouse, plans, supersede=list(replaced.values()), actor=run.actor)
    for plan in plans:
        page, result = plan.request.page_name, locks[plan.schedule_id]
        run.results[page] = replace(
            _planned(run, plan),
            status="locked" if result.held else result.result,
            stands_at="locked" if result.held else "draft",
            detail="; ".join(result.details),
        )
    return [old for page, old in replaced.items() if run.results[page].stands_at == "locked"]


def _planned(run: _Run, plan: WeekPlan) -> PageResult:
    selection = run.selections[plan.request.page_name]
    return PageResult(
        page_name=plan.request.page_name,
        schedule_id=plan.schedule_id,
        account_size=plan.request.account_size.value,
        zone=plan.request.zone.value,
        ppv_count=plan.ppv_count,
        bump_count=plan.bump_count,
        expected_emv=plan.expected_emv,
        status="draft",
        stands_at="draft",
        shortages=tuple(
            f"{one.missing} {one.price_tier.value}: {one.reason}"
            for one in schedule_builder.shortages_of(plan, selection)
        ),
    )


def _failed(run: _Run, page: str, reason: str) -> PageResult:
    profile = run.profiles[page]
    return PageResult(
        page_name=page,
        schedule_id="",
        account_size=profile.account_size.value,
        zone=profile.zone.value,
        status="failed",
        detail=reason,
    )


def _export(run: _Run, request: RunRequest) -> None:
    """Approve what may be approved at once, then write every sheet that is due; RED and invalid weeks stay in."""
    held = [result for result in run.results.values() if result.stands_at in ("locked", "approved", "exported")]
    broken = _broken(run, request, held)
    ready = []
    for result in held:
        if result.zone == Zone.RED.value:
            detail = _red_detail(result)
        elif result.schedule_id in broken:
            detail = f"invalid: {broken[result.schedule_id]}"
        else:
            ready.append(result)
            continue
        run.results[result.page_name] = replace(result, status="withheld", detail=detail)
    if request.auto_approve:
        locked = [one.schedule_id for one in ready if one.stands_at == "locked"]
        approve_schedules(run.warehouse, locked, actor=request.actor, note="eros run --auto-approve")
    else:
        ready = [one for one in ready if one.stands_at != "locked"]
    exports, failures = export_all(run.warehouse, [one.schedule_id for one in ready], request.out, actor=request.actor)
    reasons = {failure.schedule_id: failure.reason for failure in failures}
    for result in ready:
        run.results[result.page_name] = _exported(result, exports.get(result.schedule_id), reasons)


def _red_detail(result: PageResult) -> str:
    if result.stands_at == "exported":
        return "RED: saturated; its sheet was handed over by an override"
    command = f"eros export {result.schedule_id} --out FILE --override-red 'why'"
    return f"RED: saturated, kept from export ({command})"


def _broken(run: _Run, request: RunRequest, held: Sequence[PageResult]) -> dict[str, str]:
    """What the independent checker has against weeks that have not been exported yet; their files come later."""
    waiting = {result.schedule_id for result in held if result.stands_at != "exported"}
    if not waiting:
        return {}
    findings = verify_week(run.week.monday, request.out, run.warehouse).findings
    return {one.schedule_id: str(one) for one in reversed(findings) if one.schedule_id in waiting}


def _exported(result: PageResult, export: Any, reasons: dict[str, str]) -> PageResult:
    if export is None:
        return replace(result, status="failed", detail=reasons.get(result.schedule_id, "the sheet was not written"))
    unchanged = result.status == "unchanged" and result.stands_at == "exported" and not export.changed
    return replace(result, status="unchanged" if unchanged else "exported", stands_at="exported", path=str(export.path))


def _week_factors(week: Week, factors: dict[date, Any]) -> Sequence[Any]:
    return [factors.get(day, 1) for day in week.dates]
