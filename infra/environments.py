"""Where a deployment goes: one typed configuration per environment, made of a shared base and what differs.

Facts that only an environment's owner knows (billing account, project number, who is told) are not written down here: a
real environment takes them from EROS_BILLING_ACCOUNT, EROS_PROJECT_NUMBER, EROS_ALERT_EMAILS and EROS_WEBHOOK_URL, and
is refused without the first three. EROS_PROJECT_ID, EROS_DATASET, EROS_LOCATION and EROS_SCHEDULES_DISABLED override
what stands here. Dollars come from sql/constants.yaml.

EROS_PULL_REQUEST means a pull request's own environment within another one: a dataset of its own in the same project,
and nothing that is shared, such as accounts, topic, budget, quotas and alerts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from infra.endpoints import LOCAL_PROJECT_NUMBER, LOCAL_STATE_BUCKET
from infra.errors import UsageError
from infra.local.lifecycle import port_of
from infra.settings import Settings, load_settings
from sql import SqlError, SqlSettings, constants

STACKS = ("state", "warehouse", "automation", "guardrails", "observability")
"""In the order in which they are applied; none reads another's attributes, so each can be planned from nothing."""

PULL_REQUEST_STACKS = ("warehouse", "automation")
"""What a pull request's own environment has: what is in its dataset, and its schedules, which never fire."""
_OF_PULL_REQUEST = re.compile(r"_pr_[0-9]+(_backups)?")

Name = Literal["local", "dev", "staging", "prod"]

_LOCAL: Mapping[str, Any] = {
    "project_number": LOCAL_PROJECT_NUMBER,
    "billing_account": "000000-000000-000000",
    "emails": ("alerts@example.com",),
    "webhook_url": "https://relay.example.com/eros",
    "state_bucket": LOCAL_STATE_BUCKET,
}
DIFFERENCES: Mapping[str, Mapping[str, Any]] = {
    "local": _LOCAL,
    "dev": {"project": f"{SqlSettings.project}-dev"},
    "staging": {"project": f"{SqlSettings.project}-staging"},
    "prod": {},
}
"""What each environment has different from the base, which is the fields' own defaults."""

_VARIABLES = {
    "project": "project_id",
    "project_number": "project_number",
    "dataset": "dataset",
    "location": "location",
    "billing_account": "billing_account",
    "emails": "alert_emails",
    "webhook_url": "webhook_url",
    "schedules_disabled": "schedules_disabled",
    "pull_request": "pull_request",
}
"""The setting, and with EROS_ before it the variable, that overrides a field."""

# Whoever holds one of these can post: the address is the password.
_SECRET_ADDRESSES = re.compile(
    r"hooks\.slack\.com|discord(app)?\.com/api/webhooks|webhook\.office\.com|chat\.googleapis\.com/.*[?&](key|token)="
    r"|[?&](token|key|secret|signature|auth\w*)=|//[^/@]+@",
    re.IGNORECASE,
)


class Environment(BaseModel):
    """One place that the stacks are deployed to. The defaults are the base that every environment shares."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    name: Name
    project: str = SqlSettings.project
    project_number: str
    dataset: str = SqlSettings.dataset
    location: str = SqlSettings.location
    billing_account: str
    emails: tuple[str, ...]
    """Who is told by e-mail, at least one."""
    webhook_url: str | None = None
    """A relay that turns an alert into a message of a chat room; it keeps the room's own secret address."""
    state_bucket: str = ""
    """Where Terraform keeps its state; `<project>-eros-state` unless it is given."""
    runner_id: str = "eros-runner"
    exporter_id: str = "eros-exporter"
    deployer_id: str = "eros-deployer"
    topic: str = "eros-notifications"
    pull_request: int | None = None
    """The number of the pull request whose own environment it is."""
    schedules_disabled: bool = False
    """The kill switch: no scheduled query fires. Alerts and everything else stay as they are."""
    endpoint: str | None = None
    """The local cloud's address; None where Google's own endpoints are meant."""

    @field_validator("project", "dataset", "location")
    @classmethod
    def _identifier(cls, value: str, info: Any) -> str:
        try:
            SqlSettings(**{info.field_name: value})
        except SqlError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("project_number")
    @classmethod
    def _number(cls, value: str) -> str:
        return _matching(value, r"[1-9][0-9]{5,19}", "the project's number, in digits")

    @field_validator("billing_account")
    @classmethod
    def _account(cls, value: str) -> str:
        return _matching(value, r"[0-9A-F]{6}(-[0-9A-F]{6}){2}", "XXXXXX-XXXXXX-XXXXXX, in hexadecimal digits")

    @field_validator("emails")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("expected at least one address, and none twice")
        return tuple(_matching(one, r"[^@\s,]+@[^@\s,]+\.[^@\s,]+", "e-mail addresses") for one in value)

    @field_validator("webhook_url")
    @classmethod
    def _relay(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if _SECRET_ADDRESSES.search(value):
            raise ValueError("the address is itself a secret, and would be kept in the state: give a relay's address")
        if urlsplit(value).scheme != "https" or not urlsplit(value).hostname:
            raise ValueError("expected an https:// address")
        return value

    @property
    def id(self) -> str:
        """Tells it from every other environment: its records, locks and states lie under this name."""
        return self.name if self.pull_request is None else f"{self.name}-pr-{self.pull_request}"

    @property
    def stacks(self) -> tuple[str, ...]:
        """What is deployed to it, in order."""
        return STACKS if self.pull_request is None else PULL_REQUEST_STACKS

    @property
    def suffix(self) -> str:
        """Behind the name of what shares a namespace with another environment's."""
        return "" if self.pull_request is None else f"_pr_{self.pull_request}"

    @property
    def is_local(self) -> bool:
        """Whether the local cloud is meant."""
        return self.name == "local"

    @property
    def backups_dataset(self) -> str:
        """Where a deployment puts its snapshots."""
        return f"{self.dataset}_backups"

    @property
    def bucket(self) -> str:
        """The bucket of Terraform's state."""
        return self.state_bucket or f"{self.project}-eros-state"

    def state_prefix(self, stack: str) -> str:
        """Where in the bucket a stack's state lies."""
        return f"eros/{self.id}/{stack}"

    @property
    def labels(self) -> dict[str, str]:
        """Labels of everything that can carry some."""
        own = {} if self.pull_request is None else {"pull_request": str(self.pull_request)}
        return {"system": "eros", "environment": self.name, **own}

    @property
    def runner_email(self) -> str:
        """The account that the scheduled queries run as."""
        return self._email_of(self.runner_id)

    @property
    def exporter_email(self) -> str:
        """The account that reads schedules for export, and writes nothing."""
        return self._email_of(self.exporter_id)

    @property
    def deployer_email(self) -> str:
        """The account that a pipeline deploys as."""
        return self._email_of(self.deployer_id)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that are this system's own."""
        return (self.runner_email, self.exporter_email, self.deployer_email)

    def _email_of(self, account: str) -> str:
        return f"{account}@{self.project}.iam.gserviceaccount.com"

    @property
    def topic_path(self) -> str:
        """Where runs, budgets and alerts are published to."""
        return f"projects/{self.project}/topics/{self.topic}"

    @property
    def transfer_agent(self) -> str:
        """Google's own account that starts scheduled queries in this project."""
        return f"service-{self.project_number}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"

    @property
    def alerting_agent(self) -> str:
        """Google's own account that publishes alerts to a topic."""
        return f"service-{self.project_number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"

    @property
    def sql(self) -> SqlSettings:
        """The names that templates render."""
        return SqlSettings(project=self.project, dataset=self.dataset, location=self.location)

    @property
    def daily_dollars(self) -> Mapping[str, int]:
        """Dollars per day: budget, warning, urgent, roll_back."""
        return dict(constants()["cost"]["per_day"])


def load_environment(name: str | None = None, settings: Settings | None = None) -> Environment:
    """The environment of that name, of EROS_ENVIRONMENT, or the local one; with what the settings override.

    Raises UsageError naming the variable that is missing or wrong.
    """
    settings = load_settings() if settings is None else settings
    name = name or settings.environment or "local"
    if name not in DIFFERENCES:
        raise UsageError(
            f"there is no environment {name!r}",
            where="--target or EROS_ENVIRONMENT",
            fix=f"use one of {', '.join(DIFFERENCES)}",
        )
    given: dict[str, Any] = {**DIFFERENCES[name], **_overrides(settings), "name": name}
    if name == "local":
        given["endpoint"] = f"http://127.0.0.1:{settings.port or port_of(settings.home)}"
    dataset = str(given.get("dataset", SqlSettings.dataset))
    if _OF_PULL_REQUEST.search(dataset):
        raise UsageError(
            f"{dataset} is the dataset of a pull request's environment",
            where="EROS_DATASET",
            fix="name the shared dataset, and the pull request's number by EROS_PULL_REQUEST",
        )
    if given.get("pull_request") is not None:
        given |= {"dataset": f"{dataset}_pr_{given['pull_request']}", "schedules_disabled": True}
    try:
        return Environment(**given)
    except ValidationError as error:
        raise _refusal(name, error, settings) from None


def _overrides(settings: Settings) -> dict[str, Any]:
    """What was given, not what the settings would be without it. An empty variable counts as not given."""
    found = {
        field: getattr(settings, setting)
        for field, setting in _VARIABLES.items()
        if setting in settings.model_fields_set and getattr(settings, setting) not in ("", None)
    }
    if "emails" in found:
        found["emails"] = tuple(one.strip() for one in found["emails"].split(",") if one.strip())
    return found


def _refusal(name: str, error: ValidationError, settings: Settings) -> UsageError:
    first = error.errors()[0]
    field = str(first["loc"][0])
    variable = _variable(field)
    if first["type"] == "missing":
        missing = [_variable(str(one["loc"][0])) for one in error.errors() if one["type"] == "missing"]
        return UsageError(
            f"the environment {name} is not complete",
            where=", ".join(missing),
            why="these facts are its owner's and are not kept in the repository",
            fix=f"set {' and '.join(missing)}",
        )
    # An address that is refused may be refused for being a secret: nothing may repeat it.
    given = getattr(settings, _VARIABLES[field]) if field in _VARIABLES else first["input"]
    shown = "" if field == "webhook_url" else f": {given!r}"
    return UsageError(
        f"{variable} has a value that cannot be used{shown}",
        why=str(first["msg"]).removeprefix("Value error, "),
        fix=f"set {variable} to a valid value",
    )


def _variable(field: str) -> str:
    return f"EROS_{_VARIABLES.get(field, field).upper()}"


def _matching(value: str, pattern: str, expected: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"expected {expected}")
    return value
