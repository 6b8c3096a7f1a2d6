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

    def read(self, rows: int, done: int, size: int) -> None:
        """`rows` rows are through, `done` of `size` bytes."""
        seconds = self._due()
        if seconds:
            share = f"{rows:,} rows, {_share(done, size)} % of {_bytes(size)}"
            self._say(f"{self._what}: {share}, {rows / seconds:,.0f} rows/s")

    def sent(self, done: int, size: int) -> None:
        """`done` of `size` bytes are on their way to the warehouse."""
        seconds = self._due()
        if seconds:
            self._say(f"{self._what}: {_share(done, size)} % of {_bytes(size)}, {_bytes(done / seconds)}/s")

    def asked(self, done: int, size: int) -> None:
        """`done` of `size` rows are through."""
        seconds = self._due()
        if seconds:
            self._say(f"{self._what}: {_share(done, size)} % of {size:,} rows, {done / seconds:,.0f} rows/s")

    def _due(self) -> float:
        """Seconds since the beginning when it is time to say something again, else 0."""
        now = self._clock()
        if now - self._said < _SECONDS_BETWEEN:
            return 0.0
        self._said = now
        return now - self._began


def _share(done: int, size: int) -> int:
    return 100 * done // size if size else 100


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
