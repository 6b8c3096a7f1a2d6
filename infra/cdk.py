"""The one door to cdktf: its last release is out, so the day a successor takes over only this module changes.

The generic classes are re-exported under cdktf's own names. cdktf is imported when one of them is first asked for,
because it starts a Node process and is installed only with the `infra` extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.errors import UsageError

EXPORTED = ("App", "TerraformProvider", "TerraformProviderGeneratorMetadata", "TerraformResource", "TerraformStack")


def __getattr__(name: str) -> Any:
    """One of EXPORTED, from cdktf. Raises UsageError when cdktf or Node is missing."""
    if name not in EXPORTED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import cdktf
    except ModuleNotFoundError as error:
        raise UsageError(
            "the Terraform configuration cannot be synthesised", why=str(error), fix="pip install -e '.[infra]'"
        ) from error
    except FileNotFoundError as error:
        raise UsageError(
            "the Terraform configuration cannot be synthesised",
            why=f"cdktf runs on Node, which is not on the PATH ({error})",
            fix="install Node 22",
        ) from error
    return getattr(cdktf, name)


def fill(element: Any, arguments: Mapping[str, Any]) -> None:
    """Give a generic provider or resource its Terraform arguments, which the generic classes do not check."""
    for name, value in arguments.items():
        element.add_override(name, value)
