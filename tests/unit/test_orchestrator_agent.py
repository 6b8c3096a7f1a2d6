"""The stages over a warehouse that answers from memory: what happens to each page when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.agents import orchestrator as stages
from orchestrator.agents import schedule_builder
from orchestrator.agents.orchestrator import RunRequest, run_week
from orchestrator.agents.run_report import RunReport
from orchestrator.errors import UsageError
from orchestrator.verify import Finding, VerifyReport

NOW = datetime(2026, 1, 14, 20, 0, tzinfo=UTC)
PAGES = ("amber", "bea", "cleo")
HELD = {
    "mode": "optimize",
    "account_size": "MICRO",
    "saturation_status": "GREEN",
    "ppv_count": 6,
    "bump_count": 4,
    "expected_emv": 1.0,
}


@pytest.fixture(autouse=True)
def checker(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Stands in for the independent checker, which has tests of its own: it finds what a test puts here."""
    findings: list[Finding] = []
    monkeypatch.setattr(stages, "verify_week", lambda *_: VerifyReport(NOW.date(), tuple(findings), 1, 0, 0, 1))
    return findings


class Memory:
    """Answers each named query from a function; remembers what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
            "page_profiles": lambda params: [_profile(page) for page in params["page_names"] or PAGES],
            "page_state": lambda params: [
                {"page_name": page, "last_sent_at": None, "occupied": []} for page in params["page_names"] or PAGES
            ],
            "existing_schedules": lambda params: [],
            "holiday_factors": lambda params: [],
            "select_captions": lambda params: [row for one in params["requests"] for row in _captions(one)],
            "save_drafts": lambda params: [],
            "lock_schedules": lambda params: [_locked(one) for one in _asked_ids(params)],
            **answers,
        }

    def now(self) -> datetime:
        return NOW

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked.append((name, params or {}))
        return self.answers[name](params or {})

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


def _profile(page: str, zone: str = "GREEN") -> dict[str, Any]:
    return {
        "page_name": page,
        "account_size": "MICRO",
        "saturation_status": zone,
        "behavioral_segment": "STANDARD",
        "saturation_score": 0.1,
        "total_revenue_period": 100,
        "avg_audience": 10,
        "recommended_action": "",
        "exclusion_reason": None,
        "data_status": "ok",
    }


def _captions(request: dict[str, Any]) -> list[dict[str, Any]]:
    counts = {"budget": "num_budget", "mid": "num_mid", "premium": "num_premium", "bump": "num_bump"}
    rows = []
    for tier, name in counts.items():
        for number in range(request[name]):
            key = f"{request['page_name']}-{tier}-{number}"
            rows.append(
                {
                    "page_name": request["page_name"],
                    "row_kind": "caption",
                    "caption_id": abs(hash(key)) % 10**9,
                    "caption_key": key,
                    "caption_text": key,
                    "price_tier": tier,
                    "content_category": f"category {number % 5}",
                    "has_urgency": False,
                    "final_score": 0.5,
                    "expected_emv": 1.0,
                    "recommended_price": Decimal(0),
                    "propensity": None,
                    "reason": "new to this page",
                    "thompson_score": 0.5,
                    "seen_hits": 0,
                    "seen_misses": 0,
                    "prior_a": 1.0,
                    "prior_b": 1.0,
                    "prior_scope": "page",
                    "prior_as_of": NOW,
                    "learnt_as_of": None,
                    "freshness": 1.0,
                    "median_price": None,
                    "views_per_message": 10.0,
                    "place": number + 1,
                    "free_captions": 100,
                }
            )
    return rows


def _asked_ids(params: dict[str, Any]) -> list[str]:
    return sorted({one["schedule_id"] for one in params["assignments"]})


def _locked(schedule_id: str, result: str = "locked", detail: str = "") -> dict[str, Any]:
    return {"schedule_id": schedule_id, "result": result, "detail": detail}


def _run(memory: Memory, tmp_path: Path, **request: Any) -> RunReport:
    return run_week(RunRequest(week="2026-01-19", out=tmp_path, **request), memory)


def _status(report: RunReport) -> dict[str, str]:
    return {page.page_name: page.status for page in report.pages}


def test_the_stages_run_in_order(tmp_path: Path) -> None:
    memory = Memory()
    report = _run(memory, tmp_path)
    assert _status(report) == dict.fromkeys(PAGES, "locked")
    order = ["page_profiles", "select_captions", "save_drafts", "lock_schedules"]
    assert [name for name in memory.names() if name in order] == order
    assert report.exit_code == 0


def test_a_page_that_cannot_be_built_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = schedule_builder.build_week

    def build(request: Any) -> Any:
        if request.page_name == "bea":
            raise ValueError("no room on Tuesday")
        return real(request)

    monkeypatch.setattr(schedule_builder, "build_week", build)
    memory = Memory()
    report = _run(memory, tmp_path)
    assert _status(report) == {"amber": "locked", "bea": "failed", "cleo": "locked"}
    assert "no room on Tuesday" in report.pages[1].detail
    saved = dict(memory.asked)["save_drafts"]["schedules"]
    assert [row["page_name"] for row in saved] == ["amber", "cleo"]
    assert report.exit_code == 1


def test_a_page_without_captions_fails_alone(tmp_path: Path) -> None:
    def select(params: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for one in params["requests"] if one["page_name"] != "amber" for row in _captions(one)]

    report = _run(Memory(select_captions=select), tmp_path)
    assert _status(report) == {"amber": "failed", "bea": "locked", "cleo": "locked"}
    assert "no caption is free" in report.pages[0].detail


def test_a_short_page_says_what_it_lacks(tmp_path: Path) -> None:
    def select(params: dict[str, Any]) -> list[dict[str, Any]]:
        rows = [row for one in params["requests"] for row in _captions(one) if row["price_tier"] != "premium"]
        lacking = {"row_kind": "shortage", "price_tier": "premium", "missing": 1, "reason": "the library has 0"}
        return rows + [{**lacking, "page_name": page} for page in PAGES]

    report = _run(Memory(select_captions=select), tmp_path, pages=("amber",))
    assert len(report.pages[0].shortages) == 1
    assert "premium: the library has 0" in report.pages[0].shortages[0]
    assert report.pages[0].ppv_count < 6


def test_a_conflict_keeps_one_page_from_its_week_and_ends_with_5(tmp_path: Path) -> None:
    def lock(params: dict[str, Any]) -> list[dict[str, Any]]:
        conflicts = [("conflict", "caption 7 was sent"), ("conflict", "caption 9 was sent")]
        ids = _asked_ids(params)
        return [_locked(ids[0], *conflict) for conflict in conflicts] + [_locked(one) for one in ids[1:]]

    report = _run(Memory(lock_schedules=lock), tmp_path)
    assert _status(report) == {"amber": "conflict", "bea": "locked", "cleo": "locked"}
    assert report.pages[0].detail == "caption 7 was sent; caption 9 was sent"
    assert report.exit_code == 5


def test_a_standing_week_is_returned_unchanged(tmp_path: Path) -> None:
    standing = {"page_name": "bea", "schedule_id": "sched_20260119_bea_v3", "version": 3, "status": "locked", **HELD}
    later = {**standing, "schedule_id": "sched_20260119_bea_v4", "version": 4, "status": "draft"}
    memory = Memory(existing_schedules=lambda params: [standing, later])
    report = _run(memory, tmp_path)
    assert _status(report) == {"amber": "locked", "bea": "unchanged", "cleo": "locked"}
    assert report.pages[1].schedule_id == "sched_20260119_bea_v3"
    assert [one["page_name"] for one in dict(memory.asked)["select_captions"]["requests"]] == ["amber", "cleo"]


@pytest.mark.parametrize(
    ("status", "version", "superseded"),
    [("locked", 2, True), ("approved", 2, True), ("exported", 2, True), ("rejected", 2, False), ("draft", 1, False)],
)
def test_replanning_takes_the_next_version(tmp_path: Path, status: str, version: int, superseded: bool) -> None:
    row = {"page_name": "bea", "schedule_id": "sched_20260119_bea_v1", "version": 1, "status": status, **HELD}
    memory = Memory(existing_schedules=lambda params: [row])
    report = _run(memory, tmp_path, pages=("bea",), replan=True)
    assert report.pages[0].schedule_id == f"sched_20260119_bea_v{version}"
    expected = ["sched_20260119_bea_v1"] if superseded else []
    assert dict(memory.asked)["lock_schedules"]["supersede"] == expected
    assert dict(memory.asked)["select_captions"]["supersede"] == expected


@pytest.mark.parametrize("status", ["sent", "settled"])
def test_a_week_that_was_sent_cannot_be_replanned(tmp_path: Path, status: str) -> None:
    row = {"page_name": "bea", "schedule_id": "sched_20260119_bea_v1", "version": 1, "status": status, **HELD}
    report = _run(Memory(existing_schedules=lambda params: [row]), tmp_path, pages=("bea",), replan=True)
    assert _status(report) == {"bea": "unchanged"}


def test_a_red_week_is_locked_and_withheld_even_when_approving(tmp_path: Path) -> None:
    memory = Memory(page_profiles=lambda params: [_profile("amber", "RED")])
    report = _run(memory, tmp_path, pages=("amber",), auto_approve=True)
    assert _status(report) == {"amber": "withheld"}
    assert "transition_schedules" not in memory.names()
    assert report.exit_code == 0


def test_an_invalid_week_is_withheld_and_named(tmp_path: Path, checker: list[Finding]) -> None:
    checker.append(Finding("gaps.inside", "sched_20260119_bea_v1", "two messages are 5 minutes apart", "detail"))
    memory = Memory()
    report = _run(memory, tmp_path, pages=("bea",), auto_approve=True)
    assert _status(report) == {"bea": "withheld"}
    assert "two messages are 5 minutes apart" in report.pages[0].detail
    assert "transition_schedules" not in memory.names()


def test_a_draft_that_cannot_be_saved_fails_alone(tmp_path: Path) -> None:
    def save(params: dict[str, Any]) -> list[dict[str, Any]]:
        refused = {"schedule_id": "sched_20260119_amber_v1", "result": "error", "detail": "is locked"}
        return [refused]

    memory = Memory(save_drafts=save)
    report = _run(memory, tmp_path)
    assert _status(report) == {"amber": "failed", "bea": "locked", "cleo": "locked"}
    assert report.pages[0].detail == "is locked"
    assert "sched_20260119_amber_v1" not in _asked_ids(dict(memory.asked)["lock_schedules"])


def test_an_overridden_red_week_stays_out_of_the_sheets(tmp_path: Path) -> None:
    row = {"page_name": "amber", "schedule_id": "sched_20260119_amber_v1", "version": 1, "status": "exported", **HELD}
    red = {**row, "saturation_status": "RED"}
    memory = Memory(existing_schedules=lambda params: [red])
    report = _run(memory, tmp_path, pages=("amber",), auto_approve=True)
    assert _status(report) == {"amber": "withheld"}
    assert "override" in report.pages[0].detail
    assert "log_exports" not in memory.names()


def test_old_data_is_remarked_on(tmp_path: Path) -> None:
    def state(days: int) -> Memory:
        last = NOW - timedelta(days=days)
        rows = [{"page_name": page, "last_sent_at": last, "occupied": []} for page in PAGES]
        return Memory(page_state=lambda params: rows)

    assert not any("stale" in line for line in _run(state(6), tmp_path).remarks())
    assert "stale: the newest message is 7 days old" in _run(state(7), tmp_path).remarks()[0]


def test_the_report_counts_what_is_planned_and_says_what_comes_next(tmp_path: Path) -> None:
    def lock(params: dict[str, Any]) -> list[dict[str, Any]]:
        ids = _asked_ids(params)
        return [_locked(ids[0], "conflict", "caption 7 was sent")] + [_locked(one) for one in ids[1:]]

    report = _run(Memory(lock_schedules=lock), tmp_path)
    assert report.line().startswith("3 pages: 1 conflict, 2 locked; 20 messages planned")
    assert "conflict: amber: caption 7 was sent" in report.remarks()
    assert any("eros approve" in line for line in report.remarks())
    assert any("run again" in line for line in report.remarks())


def test_a_standing_week_in_another_mode_says_so(tmp_path: Path) -> None:
    row = {"page_name": "bea", "schedule_id": "sched_20260119_bea_v1", "version": 1, "status": "locked", **HELD}
    memory = Memory(existing_schedules=lambda params: [row])
    report = _run(memory, tmp_path, pages=("bea",), mode="safe")
    assert report.remarks()[0] == "unchanged: bea: planned in mode optimize; --replan makes it anew"


def test_a_page_s_seed_does_not_depend_on_its_company(tmp_path: Path) -> None:
    alone, together = Memory(), Memory()
    _run(alone, tmp_path, pages=("bea",))
    _run(together, tmp_path)
    seeds = {one["page_name"]: one["seed"] for one in dict(together.asked)["select_captions"]["requests"]}
    assert dict(alone.asked)["select_captions"]["requests"][0]["seed"] == seeds["bea"] == "eros|2026-01-19|bea|v1"


def test_selection_is_as_of_monday_in_los_angeles_and_analysis_as_of_now(tmp_path: Path) -> None:
    memory = Memory()
    _run(memory, tmp_path)
    assert dict(memory.asked)["select_captions"]["as_of"] == datetime(2026, 1, 19, 8, 0, tzinfo=UTC)
    assert dict(memory.asked)["page_profiles"]["as_of"] == NOW


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"week": "2026-01-20"}, "not a Monday"),
        ({"week": "2026-01-12"}, "has begun"),
        ({"week": "2026-01-19", "mode": "bold"}, "unknown mode"),
        ({"week": "2026-01-19", "pages": ("Amber!",)}, "not a page name"),
    ],
)
def test_nothing_is_asked_for_a_wrong_request(tmp_path: Path, request_: dict[str, Any], word: str) -> None:
    memory = Memory()
    with pytest.raises(UsageError, match=word):
        run_week(RunRequest(out=tmp_path, **request_), memory)
    assert memory.asked == []


def test_a_week_may_be_planned_until_its_first_send_time(tmp_path: Path) -> None:
    memory = Memory()
    memory.now = lambda: datetime(2026, 1, 19, 15, 59, tzinfo=UTC)  # type: ignore[method-assign]
    assert run_week(RunRequest(week="2026-01-19", out=tmp_path), memory).week_start == date(2026, 1, 19)
    memory.now = lambda: datetime(2026, 1, 19, 16, 0, tzinfo=UTC)  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="has begun"):
        run_week(RunRequest(week="2026-01-19", out=tmp_path), memory)
