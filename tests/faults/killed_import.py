"""`eros import` that ends itself by SIGKILL at a point: `python killed_import.py POINT DIR`.

A point is "row:N" (while row N is read), "rejects" (before the rejects file gets its name), "sent:STAGE" (while the
first piece of a stage is on its way), or "before:QUERY" and "after:QUERY" for a query or procedure of the import.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from orchestrator import cli
from orchestrator.importers import check, remarks
from orchestrator.warehouse.client import Warehouse


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    kind, _, detail = point.partition(":")
    if kind == "row":
        _wrap(check._Check, "_take", lambda checker, record: die() if checker.total == int(detail) else None)
    elif kind == "rejects":
        _wrap(remarks.os, "replace", lambda *_: die())
    elif kind == "sent":
        load_file = Warehouse.load_file

        def load(self: Warehouse, table: str, *rest: Any) -> int:
            return load_file(self, table, *rest[:2], (lambda sent, size: die()) if detail in table else None)

        Warehouse.load_file = load  # type: ignore[method-assign]
    else:
        for name in ("query", "call"):
            _wrap(Warehouse, name, lambda _, asked, *__: die() if asked == detail else None, after=kind == "after")


def _wrap(owner: Any, name: str, hook: Callable[..., None], *, after: bool = False) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if not after:
            hook(*arguments)
        result = original(*arguments, **named)
        if after:
            hook(*arguments)
        return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.argv = ["eros", "import", sys.argv[2]]
    cli.main()
