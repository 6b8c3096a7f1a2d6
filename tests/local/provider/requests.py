"""A cloud that only notes what it is asked, and the plan that terraform would hand to the provider."""

from __future__ import annotations

import copy
from typing import Any

from infra.local.provider.api import ApiError
from infra.local.provider.planning import Defaults, plan
from infra.local.provider.schema import Block
from infra.local.provider.values import conform

ACCOUNT = "runner@p.iam.gserviceaccount.com"


class Cloud:
    """Answers GET with what it is told to hold, everything else with the same; notes every request."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held
        self.requests: list[tuple[Any, ...]] = []

    def call(self, service: str, method: str, path: str, body: Any = None, query: Any = None) -> dict[str, Any]:
        if method != "GET":
            self.requests.append((service, method, path, dict(query or {}), copy.deepcopy(body)))
        if method == "GET" and not self.held:
            raise ApiError(404, "googleapi: Error 404: Not found, notFound")
        return copy.deepcopy(self.held)


def planned(block: Block, config: dict[str, Any], prior: Any = None) -> Any:
    """The planned value of a configuration: terraform's merge keeps what is computed and not configured."""
    given = conform(block, config)
    merged = dict(given)
    if prior is not None:
        computed = [name for name, attribute in block.attributes.items() if attribute.computed and given[name] is None]
        merged |= {name: prior[name] for name in computed}
    return plan(block, given, prior, merged, Defaults("p", {}, attribution=False)).value
