"""Labels of jobs, datasets and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.local.rest.errors import RestError

MAX_LABELS = 64
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


def check_labels(labels: Mapping[str, Any] | None) -> None:
    """Refuse labels that BigQuery refuses, so that they do not fail in production only."""
    if len(labels or ()) > MAX_LABELS:
        raise RestError("invalid", f"Too many labels: {len(labels or ())}, the limit is {MAX_LABELS}", "labels")
    for key, value in (labels or {}).items():
        if not _KEY.fullmatch(key) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise RestError(
                "invalid",
                f"Invalid label {key!r}: {value!r}. Keys start with a lower-case letter; keys and values hold at most "
                "63 lower-case letters, digits, underscores and dashes",
                "labels",
            )


def merged_labels(current: Mapping[str, str], given: Mapping[str, Any] | None) -> dict[str, str]:
    """Labels after a PATCH: given ones win, a null removes a label, null instead of the map removes them all."""
    if given is None:
        return {}
    return {key: value for key, value in {**current, **given}.items() if value is not None}
