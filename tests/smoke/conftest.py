"""The gates: each on a throw-away dataset of its own, in parallel, and able to be alone when time is measured."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest


class Slot:
    """A gate's place beside the others: shared as a rule, exclusive on demand."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other gate runs, and keep them out."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)


@pytest.fixture
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    """The gate's slot; all workers of a run share the parent of their base folders."""
    path: Path = tmp_path_factory.getbasetemp().parent / "gates.lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield Slot(file)


@pytest.fixture
def gate(slot: Slot, make_warehouse: Callable[..., Any]) -> Iterator[Any]:
    """A dataset `eros_gate_<id>` with every object deployed, dropped at the end."""
    with make_warehouse("eros_gate") as ready:
        yield ready
