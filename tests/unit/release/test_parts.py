"""The steps of a deployment one by one: the target made ready, the bucket, the look at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.environments import Environment, load_environment
from infra.errors import InfraError, UsageError
from infra.holders import write_holder
from infra.release import parts
from infra.release.bootstrap import make_bucket
from infra.release.locks import running_note
from infra.release.site import Site
from infra.release.smoke import look
from infra.schedules import Schedule
from infra.settings import Settings
from infra.terraform import StateLocked
from tests.conftest import NOW
from tests.unit.release.fakes import Google
from tests.unit.release.test_locks import dead, lock_of

FACTS = {"project_number": "123456", "billing_account": "000000-000000-000000", "alert_emails": "a@b.cd"}
BUCKET = "of-scheduler-proj-dev-eros-state"


@pytest.fixture
def dev(tmp_path: Path) -> Callable[..., Site]:
    """A site whose REST services are what a test writes down."""

    def made(google: Google, **about: Any) -> Site:
        settings = Settings(home=tmp_path, **FACTS)
        site = Site(load_environment("dev", settings), settings, tmp_path, **about)
        site.__dict__["rest"] = google.rest
        return site

    return made


@pytest.fixture
def terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "require_version", lambda: "1.11.4")


def held(stack: str, who: str = "ann@elsewhere", created: str = "2026-01-14T20:00:00Z") -> dict[str, Any]:
    """The answers of a bucket in which the stack's state is locked."""
    path = f"storage/b/{BUCKET}/o/eros%2Fdev%2F{stack}%2Fdefault.tflock"
    content = {"Operation": "OperationTypeApply", "Who": who, "Created": created}
    return {
        f"GET storage/b/{BUCKET}": {"name": BUCKET},
        f"GET {path}": {"generation": "17"},
        f"GET {path}?alt=media": json.dumps(content),
        f"DELETE {path}?ifGenerationMatch=17": {},
    }


def test_without_the_bucket_the_next_command_is_named(dev: Callable[..., Site], terraform: None) -> None:
    with pytest.raises(UsageError, match="no bucket") as caught:
        parts.ready(dev(Google()))
    assert caught.value.fix == "eros-infra bootstrap --target dev" and BUCKET in caught.value.where


def test_a_free_target_is_told_by_its_place(dev: Callable[..., Site], terraform: None) -> None:
    place = parts.ready(dev(Google({f"GET storage/b/{BUCKET}": {"name": BUCKET}})))
    assert place == "of-scheduler-proj-dev.eros_scheduling_brain in US"


def test_a_stale_lock_is_released_and_told(dev: Callable[..., Site], terraform: None) -> None:
    holder = dead()
    site = dev(Google(held("guardrails", lock_of(holder).who, holder.since)))
    note = running_note(site.home, "dev", "guardrails")
    note.parent.mkdir(parents=True)
    write_holder(note, holder)
    assert parts.ready(site).endswith("released the stale lock of guardrails")


def test_a_held_state_is_waited_for_as_long_as_was_asked(
    dev: Callable[..., Site], terraform: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    google = Google(held("guardrails"))
    with pytest.raises(StateLocked, match="ann@elsewhere"):
        parts.ready(dev(google))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            google.answers = {f"GET storage/b/{BUCKET}": {"name": BUCKET}}

    monkeypatch.setattr(parts.time, "sleep", sleep)
    assert "released" not in parts.ready(dev(google, wait_seconds=60))
    assert len(slept) == 2


def test_terraform_waits_as_long(dev: Callable[..., Site]) -> None:
    assert dev(Google(), wait_seconds=60).terraform("state").lock_wait_seconds == 60


def test_the_bucket_is_made_once_private_and_versioned(cloud: Any, dev: Callable[..., Site]) -> None:
    from infra.gcloud import rest

    local = load_environment("local", Settings())
    environment: Environment = local.model_copy(update={"state_bucket": "eros-made-by-a-test"})
    here = rest(environment.project, cloud.url)
    assert [make_bucket(here, environment), make_bucket(here, environment)] == [True, False]
    made = here.get("storage", "b/eros-made-by-a-test")
    assert made is not None and made["versioning"] == {"enabled": True} and made["location"] == "US"
    assert made["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert made["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    google = Google({"POST storage/b": {}})
    assert make_bucket(google.rest, dev(google).environment)
    assert google.asked == [f"GET storage/b/{BUCKET}", "POST storage/b"]


ALL = tuple(
    Schedule(name, f"c/{name}", "every 1 hours", False, None, None)
    for name in ("daily_caption_update", "expired_lock_sweep", "health_check")
)


def test_the_last_look_finds_what_is_missing_or_does_not_answer(warehouse: Any) -> None:
    client, settings = warehouse.client, warehouse.settings
    told: list[str] = []
    # 3 lists, 2 functions, 7 table functions, 1 view, 2 guards
    assert look(client, settings, ALL, NOW, told.append) == 15 and len(told) == 12
    with pytest.raises(InfraError, match="schedules are missing: health_check"):
        look(client, settings, ALL[:2], NOW, told.append)
    warehouse.rows(f"UPDATE {warehouse.table('creator_lock')} SET page_name = 'x' WHERE TRUE")
    with pytest.raises(InfraError, match="creator_lock gives a wrong answer"):
        look(client, settings, ALL, NOW, told.append)
    client.delete_routine(f"{settings.dataset}.wilson_sample")
    with pytest.raises(InfraError, match="routines are missing: wilson_sample"):
        look(client, settings, ALL, NOW, told.append)
    client.delete_table(f"{settings.dataset}.job_runs")
    with pytest.raises(InfraError, match="tables or views are missing: job_runs"):
        look(client, settings, ALL, NOW, told.append)
    nowhere = replace(settings, dataset="eros_nowhere")
    with pytest.raises(InfraError, match="tables or views are missing"):
        look(client, nowhere, ALL, NOW, told.append)
