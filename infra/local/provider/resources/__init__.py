"""The resource types the stand-in knows."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.provider.resources import bigquery, guardrails, iam, observability, storage, transfers
from infra.local.provider.resources.base import Kind

_ROOMS = (bigquery, transfers, iam, guardrails, observability, storage)
KINDS: Mapping[str, Kind] = {kind.type: kind for room in _ROOMS for kind in room.KINDS}
