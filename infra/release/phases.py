"""The steps of a deployment, each timed and named, so that a failure says where it happened and what comes next."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.errors import InfraError


class Progress(Protocol):
    """Whoever shows how a deployment gets on. Texts are short and for people."""

    def begin(self, phase: str) -> None:
        """A phase starts."""

    def tell(self, text: str) -> None:
        """Something happened within it; may come from several threads."""

    def end(self, phase: str, seconds: float, note: str) -> None:
        """It ended well; `note` is its result in a few words."""


class Silent:
    """Shows nothing."""

    def begin(self, phase: str) -> None:
        """Nothing."""

    def tell(self, text: str) -> None:
        """Nothing."""

    def end(self, phase: str, seconds: float, note: str) -> None:
        """Nothing."""


@dataclass
class Phases:
    """Runs phases one after the other; `done` is what the record keeps of them."""

    progress: Progress
    done: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time the block. An InfraError that leaves it is told as this phase's."""
        self.progress.begin(name)
        began, current = time.monotonic(), Phase(self.progress)
        try:
            yield current
        except BaseException as error:
            self.done.append({"phase": name, "seconds": _since(began), "outcome": "failed"})
            if isinstance(error, InfraError):
                error.what = f"{name}: {error.what}"
            raise
        seconds = _since(began)
        self.done.append({"phase": name, "seconds": seconds, "outcome": "ok", "note": current.note})
        self.progress.end(name, seconds, current.note)


@dataclass
class Phase:
    """The phase that runs: it may say what it does, and leave a note of its result."""

    progress: Progress
    note: str = ""

    def tell(self, text: str) -> None:
        """Show what is going on."""
        self.progress.tell(text)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
