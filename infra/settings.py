"""Where infra works: one typed configuration, read from the environment.

Precedence: a command's flag, then the environment, then the defaults here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.errors import UsageError
from sql import SqlError, SqlSettings


class Settings(BaseSettings):
    """EROS_TARGET, EROS_HOME, EROS_PORT, EROS_NOW, EROS_PROJECT_ID, EROS_DATASET and EROS_LOCATION; and for a
    deployment EROS_ENVIRONMENT with the facts that only an environment's owner knows (see infra.environments).
    """

    model_config = SettingsConfigDict(env_prefix="EROS_", extra="ignore")

    target: Literal["local", "bigquery"] = "local"
    home: Path = Field(default=Path(".eros"), description="state of the local target")
    port: int | None = Field(
        default=None, ge=1024, le=65535, description="loopback port; a stable hash of the home if unset"
    )
    now: str = Field(default="", description="ISO instant at which the local cloud's clock stands still")
    project_id: str = SqlSettings.project
    dataset: str = SqlSettings.dataset
    location: str = SqlSettings.location
    environment: str = Field(default="local", description="which of infra.environments is planned and deployed")
    project_number: str = ""
    billing_account: str = ""
    alert_emails: str = Field(default="", description="separated by commas")
    webhook_url: str = Field(default="", description="relay that alerts are posted to")
    pull_request: int | None = Field(
        default=None, ge=1, le=9_999_999, description="number of the pull request whose own environment is meant"
    )
    schedules_disabled: bool | None = Field(default=None, description="true: no scheduled query fires")

    @property
    def sql(self) -> SqlSettings:
        """The names that templates render. Raises UsageError when one is no valid identifier."""
        try:
            return SqlSettings(project=self.project_id, dataset=self.dataset, location=self.location)
        except SqlError as error:
            raise UsageError(str(error)) from None


def load_settings(**overrides: object) -> Settings:
    """Read the environment; a flag given in `overrides` wins unless it is None.

    Raises UsageError naming the variable when a value is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        variable = "EROS_" + str(first["loc"][0]).upper()
        raise UsageError(
            f"{variable} has a value that cannot be used: {first['input']!r}",
            why=str(first["msg"]),
            fix=f"unset {variable}, or set it to a valid value",
        ) from None
