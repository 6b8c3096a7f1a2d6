"""The resource types the stand-in knows."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.provider.resources import bigquery, transfers
from infra.local.provider.resources.base import Kind

KINDS: Mapping[str, Kind] = {kind.type: kind for kind in (*bigquery.KINDS, *transfers.KINDS)}
