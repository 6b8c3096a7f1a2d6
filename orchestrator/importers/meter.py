"""How far a long step is: rows, share of the file, rows a second."""

import time
from collections.abc import Callable

_SECONDS_BETWEEN = 0.2


class Meter:
    """Turns counts into a line of progress, five times a second at most."""

    def __init__(self, say: Callable[[str], None], what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._what = what
        self._clock = clock
        self._began = clock()
        self._said = self._began
        say(what)

    def tick(self, rows: int, done: int, size: int) -> None:
        """`rows` rows are through, `done` of `size` bytes."""
        now = self._clock()
        if now - self._said < _SECONDS_BETWEEN:
            return
        self._said = now
        share = 100 * done // size if size else 100
        self._say(f"{self._what}: {rows:,} rows, {share} % of {_bytes(size)}, {rows / (now - self._began):,.0f} rows/s")

    def sent(self, done: int, size: int) -> None:
        """`done` of `size` bytes are on their way to the warehouse."""
        now = self._clock()
        if now - self._said < _SECONDS_BETWEEN:
            return
        self._said = now
        share = 100 * done // size if size else 100
        self._say(f"{self._what}: {share} % of {_bytes(size)}, {_bytes(done / (now - self._began))}/s")


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
