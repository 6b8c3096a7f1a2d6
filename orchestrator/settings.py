"""Where the orchestrator works: one typed configuration, read from the environment.

Precedence: a command's flag, then the environment, then the defaults here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from sql import SqlSettings


class Settings(BaseSettings):
    """EROS_TARGET, EROS_HOME, EROS_PROJECT_ID, EROS_DATASET and EROS_LOCATION."""

    model_config = SettingsConfigDict(env_prefix="EROS_", extra="ignore")

    target: Literal["local", "bigquery"] = "local"
    home: Path = Field(default=Path(".eros"), description="state of the local target")
    project_id: str = SqlSettings.project
    dataset: str = SqlSettings.dataset
    location: str = SqlSettings.location

    @property
    def sql(self) -> SqlSettings:
        """The names that templates render."""
        return SqlSettings(project=self.project_id, dataset=self.dataset, location=self.location)
