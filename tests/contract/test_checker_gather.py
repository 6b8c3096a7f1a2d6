"""How the checker turns rows and files into evidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.verify import verify_week
from orchestrator.verify.evidence import Evidence, Message, Schedule
from orchestrator.verify.run import exported_files, gather
from tests.contract.checker_world import NOW, WEEK, week_evidence

CONTEXT = {"checked_at": NOW, "restrictions_enabled": True, "cooldown_conflicts": 0}


class Rows:
    """A warehouse that answers from a dict."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = {"verify_context": [CONTEXT], **answers}

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        assert (params or {"week_start": WEEK}) == {"week_start": WEEK}
        return self.answers.get(name, [])


def as_rows(evidence: Evidence, *, json_as_text: bool) -> Rows:
    """The good week as the verify queries would return it."""
    return Rows(
        verify_schedules=[_schedule_row(one, evidence, json_as_text) for one in evidence.schedules],
        verify_messages=[_message_row(one, evidence, json_as_text) for one in evidence.messages],
        verify_assignments=[_assignment_row(one) for one in evidence.assignments],
        verify_sends=[vars(one) for one in evidence.sends],
        verify_events=[{**vars(one), "happened_at": one.at} for one in evidence.events],
        verify_exports=[vars(one) for one in evidence.exports],
        verify_holidays=[
            {"holiday_date": day, "holiday_name": "a", "saturation_impact_factor": float(factor)}
            for day, factor in evidence.day_factors.items()
        ],
    )


def _schedule_row(one: Schedule, evidence: Evidence, json_as_text: bool) -> dict[str, Any]:
    return {
        **vars(one),
        "saturation_status": one.zone,
        "behavioral_segment": one.segment,
        "shortages": "[]" if json_as_text else [],
        "guard_fence": evidence.guard_fences[one.page_name],
    }


def _message_row(one: Message, evidence: Evidence, json_as_text: bool) -> dict[str, Any]:
    caption = evidence.caption[one.caption_id]
    return {
        **vars(one),
        "scheduled_send_time": one.send_time,
        "reason": '{"pick": {"thompson_score": 0.25}}' if json_as_text else {"pick": {"thompson_score": 0.25}},
        "in_bank": True,
        "bank_text": caption.text,
        "bank_key": caption.caption_key,
        "bank_category": caption.category,
        "bank_tier": caption.price_tier,
        "bank_urgency": caption.urgent,
        "bank_active": caption.active,
    }


def _assignment_row(one: Any) -> dict[str, Any]:
    return {
        **vars(one),
        "scheduled_send_time": one.send_time,
        "scheduled_send_date": one.send_date,
        "scheduled_send_hour": one.send_hour,
        "is_active": one.active,
    }


@pytest.mark.parametrize("json_as_text", [True, False])
def test_rows_and_files_become_the_same_week(tmp_path: Path, json_as_text: bool) -> None:
    evidence = week_evidence()
    for file in evidence.files:
        (tmp_path / file.path).parent.mkdir(exist_ok=True)
        (tmp_path / file.path).write_bytes(file.data)
    warehouse = as_rows(evidence, json_as_text=json_as_text)
    assert gather(WEEK, tmp_path, warehouse) == evidence
    assert verify_week(WEEK, tmp_path, warehouse).ok


def test_every_file_of_the_week_is_seen_and_no_other(tmp_path: Path) -> None:
    for name in ("2026-10-26/a.csv", "2026-10-26/deep/b.txt", "2026-10-26/.hidden", "2026-10-19/c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    seen = [file.path for file in exported_files(tmp_path, WEEK)]
    assert seen == ["2026-10-26/.hidden", "2026-10-26/a.csv", "2026-10-26/deep/b.txt"]
    assert exported_files(tmp_path / "nowhere", WEEK) == ()


def test_of_two_holidays_on_a_day_the_stricter_counts(tmp_path: Path) -> None:
    day = date(2026, 10, 31)
    holidays = [
        {"holiday_date": day, "holiday_name": name, "saturation_impact_factor": factor}
        for name, factor in (("a", 0.9), ("b", 0.7), ("c", 0.8))
    ]
    assert gather(WEEK, tmp_path, Rows(verify_holidays=holidays)).day_factors == {day: Decimal("0.7")}


def test_the_newest_active_restriction_counts(tmp_path: Path) -> None:
    row = {
        "page_name": "alpha",
        "version": 1,
        "is_active": True,
        "hard_patterns": ["x"],
        "restricted_categories": None,
        "restricted_price_tiers": [],
        "applies_to_scope": None,
    }
    profile = {
        "page_name": "alpha",
        "holds": True,
        "ppv_allowed_categories": ["tease"],
        "ppv_allowed_price_tiers": None,
        "bump_allowed_categories": None,
        "bump_allowed_price_tiers": None,
    }
    held = gather(WEEK, tmp_path, Rows(verify_restrictions=[row], verify_profiles=[profile]))
    assert (held.restrictions[0].hard_patterns, held.profiles[0].ppv_categories) == (("x",), ("tease",))
    newer = [row, {**row, "version": 2, "hard_patterns": ["y"]}, {**row, "version": 3, "is_active": False}]
    assert gather(WEEK, tmp_path, Rows(verify_restrictions=newer)).restrictions[0].hard_patterns == ("y",)
    off = Rows(verify_restrictions=[{**row, "is_active": False}], verify_profiles=[{**profile, "holds": False}])
    assert (gather(WEEK, tmp_path, off).restrictions, gather(WEEK, tmp_path, off).profiles) == ((), ())
