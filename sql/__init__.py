"""The one body of GoogleSQL that both programs use."""

from sql.loader import (
    KINDS,
    SqlError,
    SqlSettings,
    constants,
    deploy_order,
    names,
    render,
    sidecar,
    source_digest,
)
from sql.origins import Place, TracedText, origin_of, trace

__all__ = [
    "KINDS",
    "Place",
    "SqlError",
    "SqlSettings",
    "TracedText",
    "constants",
    "deploy_order",
    "names",
    "origin_of",
    "render",
    "sidecar",
    "source_digest",
    "trace",
]
