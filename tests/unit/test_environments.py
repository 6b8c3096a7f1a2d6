from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.endpoints import LOCAL_WAREHOUSE_STATE
from infra.environments import DIFFERENCES, STACKS, Environment, load_environment
from infra.errors import UsageError
from infra.local.lifecycle import port_of
from infra.settings import Settings, load_settings

OWNERS = {"project_number": "123456789012", "billing_account": "0A1B2C-3D4E5F-678901", "alert_emails": "a@b.example"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PROJECT_ID",
        "DATASET",
        "LOCATION",
        "ENVIRONMENT",
        "PORT",
        "SCHEDULES_DISABLED",
        "WEBHOOK_URL",
        "PULL_REQUEST",
    ):
        monkeypatch.delenv(f"EROS_{name}", raising=False)


def environment(name: str, **given: object) -> Environment:
    return load_environment(name, Settings(**{**OWNERS, **given}))


def test_the_local_environment_needs_nothing_from_anybody(tmp_path: Path) -> None:
    local = load_environment(settings=Settings(home=tmp_path))
    assert (local.name, local.is_local, local.project) == ("local", True, "of-scheduler-proj")
    assert local.endpoint == f"http://127.0.0.1:{port_of(tmp_path)}"
    assert local.bucket == "eros-local-state"
    assert f"{local.state_prefix('warehouse')}/default.tfstate" == LOCAL_WAREHOUSE_STATE
    assert load_environment("local", Settings(home=tmp_path, port=23456)).endpoint == "http://127.0.0.1:23456"


def test_only_the_local_environment_has_an_address_of_its_own() -> None:
    assert {name: environment(name).endpoint is None for name in DIFFERENCES} == {
        "local": False,
        "dev": True,
        "staging": True,
        "prod": True,
    }


def test_prod_carries_the_names_of_the_contract() -> None:
    prod = environment("prod")
    assert (prod.project, prod.dataset, prod.location) == ("of-scheduler-proj", "eros_scheduling_brain", "US")
    assert prod.backups_dataset == "eros_scheduling_brain_backups"
    assert prod.bucket == "of-scheduler-proj-eros-state"
    assert prod.state_prefix("warehouse") == "eros/prod/warehouse"
    assert prod.runner_email == "eros-runner@of-scheduler-proj.iam.gserviceaccount.com"
    assert prod.transfer_agent == "service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
    assert prod.labels == {"system": "eros", "environment": "prod"}
    assert not prod.schedules_disabled


def test_no_two_environments_share_a_project_with_a_state_or_a_prefix() -> None:
    real = [environment(name) for name in DIFFERENCES if name != "local"]
    assert len({one.project for one in real}) == len({one.bucket for one in real}) == len(real)
    assert len({one.state_prefix("state") for one in real}) == len(real)


def test_contract_limits_dollars_a_day_come_from_the_constants() -> None:
    assert environment("prod").daily_dollars == {"budget": 10, "warning": 15, "urgent": 25, "roll_back": 100}


def test_contract_names_are_overridden_by_three_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contract, "Names, time, identity": EROS_PROJECT_ID, EROS_DATASET, EROS_LOCATION, wherever a name is used."""
    for variable, value in {"PROJECT_ID": "other-project", "DATASET": "other", "LOCATION": "EU"}.items():
        monkeypatch.setenv(f"EROS_{variable}", value)
    moved = load_environment("local")
    assert (moved.project, moved.dataset, moved.location) == ("other-project", "other", "EU")
    assert (moved.sql.project, moved.sql.dataset, moved.sql.location) == ("other-project", "other", "EU")
    assert moved.backups_dataset == "other_backups"
    assert moved.topic_path == "projects/other-project/topics/eros-notifications"
    assert moved.runner_email == "eros-runner@other-project.iam.gserviceaccount.com"


def test_what_is_given_overrides_what_stands_here() -> None:
    dev = environment("dev")
    assert (dev.project, dev.schedules_disabled) == ("of-scheduler-proj-dev", False)
    moved = environment("dev", project_id="other-project", dataset="other", location="EU", schedules_disabled=True)
    assert (moved.project, moved.dataset, moved.location) == ("other-project", "other", "EU")
    assert moved.schedules_disabled
    assert environment("prod", alert_emails="a@b.example, c@d.example").emails == ("a@b.example", "c@d.example")


def test_the_environment_names_itself_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, value in OWNERS.items():
        monkeypatch.setenv(f"EROS_{setting.upper()}", value)
    monkeypatch.setenv("EROS_ENVIRONMENT", "staging")
    monkeypatch.setenv("EROS_SCHEDULES_DISABLED", "1")
    staging = load_environment()
    assert (staging.name, staging.project, staging.schedules_disabled) == (
        "staging",
        "of-scheduler-proj-staging",
        True,
    )
    assert load_environment("prod").name == "prod"


def test_what_a_real_environment_lacks_is_named_all_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        load_environment("prod", Settings())
    assert refused.value.where == "EROS_PROJECT_NUMBER, EROS_BILLING_ACCOUNT, EROS_ALERT_EMAILS"


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no environment 'production'") as refused:
        load_environment("production", Settings())
    assert refused.value.where == "--target or EROS_ENVIRONMENT"
    assert refused.value.fix == "use one of local, dev, staging, prod"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("project_number", "of-scheduler-proj"),
        ("billing_account", "my-account"),
        ("alert_emails", "a@b.example,nobody"),
        ("alert_emails", "a@b.example,a@b.example"),
        ("dataset", "a`b"),
        ("webhook_url", "http://relay.example.com/x"),
        ("webhook_url", "https:///x"),
        ("webhook_url", "https://hooks.slack.com/services/T0/B0/abc"),
        ("webhook_url", "https://discord.com/api/webhooks/1/abc"),
        ("webhook_url", "https://relay.example.com/x?token=abc"),
        ("webhook_url", "https://user:password@relay.example.com/x"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_variable(setting: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"EROS_{setting.upper()}"):
        environment("prod", **{setting: value})


def test_a_refused_address_is_not_repeated_for_it_may_be_a_secret() -> None:
    with pytest.raises(UsageError, match="a relay's address") as refused:
        environment("prod", webhook_url="https://hooks.slack.com/services/T0/B0/abc")
    assert "hooks.slack.com" not in str(refused.value)


def test_a_refused_value_is_shown_as_it_was_given_and_the_reason_in_plain_words() -> None:
    with pytest.raises(UsageError) as refused:
        environment("prod", alert_emails="a@b.example,nobody")
    assert str(refused.value) == (
        "EROS_ALERT_EMAILS has a value that cannot be used: 'a@b.example,nobody'\n"
        "why: expected e-mail addresses\nfix: set EROS_ALERT_EMAILS to a valid value"
    )


def test_an_environment_cannot_be_changed_or_take_an_unknown_field() -> None:
    prod = environment("prod")
    with pytest.raises(ValidationError, match="frozen"):
        prod.project = "x"
    with pytest.raises(ValidationError, match="not permitted"):
        Environment(**{**prod.model_dump(), "projcet": "x"})


def test_a_pull_requests_environment_has_names_of_its_own_and_shared_accounts() -> None:
    prod, own = environment("prod"), environment("prod", pull_request=123)
    assert (own.id, own.dataset, own.backups_dataset) == (
        "prod-pr-123",
        "eros_scheduling_brain_pr_123",
        "eros_scheduling_brain_pr_123_backups",
    )
    assert own.state_prefix("warehouse") == "eros/prod-pr-123/warehouse"
    assert own.labels == {"system": "eros", "environment": "prod", "pull_request": "123"}
    assert own.stacks == ("warehouse", "automation") and own.schedules_disabled and own.suffix == "_pr_123"
    assert (own.accounts, own.bucket, own.topic) == (prod.accounts, prod.bucket, prod.topic)
    assert (prod.id, prod.suffix, prod.stacks) == ("prod", "", STACKS)
    assert environment("prod", dataset="other", pull_request=7).dataset == "other_pr_7"
    # Not even on request: a branch's code never fires by itself.
    assert environment("prod", pull_request=7, schedules_disabled=False).schedules_disabled


def test_a_pull_request_is_a_number_and_its_dataset_is_no_other_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("0", "-1", "1; DROP", "12345678", "x"):
        monkeypatch.setenv("EROS_PULL_REQUEST", given)
        with pytest.raises(UsageError, match="EROS_PULL_REQUEST has a value that cannot be used"):
            load_settings()
    for dataset in ("brain_pr_5", "brain_pr_5_backups"):
        for number in (None, 6):
            with pytest.raises(UsageError, match="is the dataset of a pull request's environment"):
                environment("prod", dataset=dataset, pull_request=number)
