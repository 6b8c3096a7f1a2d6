"""The one door to cdktf and to its typed bindings of the google provider.

cdktf's last release is out, so the day a successor takes over only this module changes. Nothing is imported until a
class is asked for, because that starts a Node process and needs the `infra` extra. Of the bindings only the modules
that are named are imported: the package's own `__init__` would import all 1,472 of them, which takes seconds.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from infra.errors import UsageError

EXPORTED = ("App", "GcsBackend", "TerraformResourceLifecycle", "TerraformStack")
BINDINGS = "cdktf_cdktf_provider_google"
# Node 20 still runs jsii, which says on stderr that it is past its end of life.
_NODE = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}


def __getattr__(name: str) -> Any:
    """One of EXPORTED, from cdktf. Raises UsageError when cdktf or Node is missing."""
    if name not in EXPORTED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_imported("cdktf"), name)


class Google:
    """The typed bindings: `google.bigquery_table.BigqueryTable` imports that one module and no other."""

    def __getattr__(self, name: str) -> Any:
        """The module of a resource type, named without `google_`. Raises UsageError when the bindings are missing."""
        if name.startswith("_"):
            raise AttributeError(name)
        _prepare_package()
        return _imported(f"{BINDINGS}.{name}")


google = Google()


def start() -> None:
    """Start Node and let it load the bindings, which takes it a second or two: worth doing while Python is busy.

    Raises UsageError when cdktf or Node is missing.
    """
    _imported("cdktf")
    _ = google.provider


def add(kind: Any, stack: Any, name: str, /, **arguments: Any) -> Any:
    """Declare a resource under the address `<type>.<name>`, which is what plans, imports and releases know it by.

    Left alone, cdktf would make up an address from where the resource stands among the constructs.
    """
    declared = kind(stack, f"{kind.__name__}-{name}", **arguments)
    declared.override_logical_id(name)
    return declared


def _imported(name: str) -> ModuleType:
    node = os.environ.get("JSII_NODE", "node")
    if name not in sys.modules and shutil.which(node) is None:
        raise UsageError(
            "the Terraform configuration cannot be synthesised",
            why=f"cdktf runs on Node, and there is no {node} on the PATH",
            fix="install Node 20 or 22",
        )
    try:
        with _node_environment():
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(
            "the Terraform configuration cannot be synthesised", why=str(error), fix="pip install -e '.[infra]'"
        ) from error


@contextmanager
def _node_environment() -> Iterator[None]:
    """jsii starts Node while it is imported; what Node is told is nobody else's business."""
    added = [name for name in _NODE if name not in os.environ]
    os.environ.update({name: _NODE[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


class _LazyPackage(ModuleType):
    """The bindings' package without its `__init__`: each module is imported when it is first asked for, by anyone."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or importlib.util.find_spec(f"{BINDINGS}.{name}") is None:
            raise AttributeError(f"module {BINDINGS!r} has no attribute {name!r}")
        return importlib.import_module(f"{BINDINGS}.{name}")


def _prepare_package() -> None:
    """Put the lazy package where imports look, unless somebody imported the whole one already."""
    spec = importlib.util.find_spec(BINDINGS) if BINDINGS not in sys.modules else None
    if spec is None:
        return
    package = _LazyPackage(BINDINGS)
    package.__spec__, package.__file__ = spec, spec.origin
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[BINDINGS] = package
