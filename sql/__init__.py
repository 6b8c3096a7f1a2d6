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
)

__all__ = ["KINDS", "SqlError", "SqlSettings", "constants", "deploy_order", "names", "render", "sidecar"]
