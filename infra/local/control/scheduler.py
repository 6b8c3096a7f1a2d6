"""What starts the runs of scheduled queries: the server's clock, a request, or somebody who advances the clock.

A due run starts while the server runs. What was due while it was down is not made up for, and a schedule that was
changed or enabled counts from that moment.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.control import run_store, transfer_configs, transfer_runs

if TYPE_CHECKING:
    from infra.local.control.control import Control

_LOG = logging.getLogger(__name__)
_LONGEST_SLEEP_SECONDS = 30.0
_PATIENCE_SECONDS = 5.0
_TIDYING = timedelta(days=1)

Work = tuple[Mapping[str, Any], dict[str, Any]]
"""What is kept of a configuration, and a pending run of it."""


class Scheduler:
    """Fires the due schedules of one running local cloud, one run of a configuration at a time."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._wake = threading.Condition()
        self._firing = threading.RLock()
        self._turns: dict[str, threading.Lock] = {}
        self._running: set[threading.Thread] = set()
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._seen = control.clock()
        self._tidied = self._seen
        run_store.fail_interrupted(control)
        run_store.forget_old(control)

    def changed(self) -> None:
        """Configurations changed: look at them, from a thread that is started with the first of them."""
        with self._wake:
            if self._is_closing:
                return
            if self._thread is None and self._control.documents.all(transfer_configs.KIND):
                self._thread = threading.Thread(target=self._watch, name="transfer schedules", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def start(self, work: Sequence[Work]) -> None:
        """Run pending runs one after the other, in a thread of their own."""
        thread = threading.Thread(target=self._run_all, args=(work,), name="transfer runs", daemon=True)
        with self._wake:
            self._running.add(thread)
        thread.start()

    def advance(self, target: datetime, *, twice_on_the_hour: bool = False) -> list[dict[str, Any]]:
        """Move the clock to `target`, stopping at each due instant to run what is due; returns those runs.

        With `twice_on_the_hour` a run that is due exactly on the hour starts twice, which Google does not rule out.
        """
        ended = []
        with self._firing:
            while (instant := self._next_due(target)) is not None and not self._is_closing:
                self._control.clock.advance_to(instant)
                self._seen = max(self._seen, instant)
                for _ in range(2 if twice_on_the_hour and instant.minute == 0 else 1):
                    ended += [self._run(*work) for work in self._due_at(instant)]
            self._control.clock.advance_to(target)
            self._seen = max(self._seen, target)
        run_store.forget_old(self._control)
        self.changed()
        return ended

    def close(self) -> None:
        """Start nothing more, and wait for the runs that were asked to end."""
        with self._wake:
            self._is_closing = True
            self._wake.notify_all()
            threads = [*self._running, *([self._thread] if self._thread else [])]
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)

    def _watch(self) -> None:
        while not self._is_closing:
            try:
                self._catch_up()
            except Exception:
                _LOG.exception("the schedules could not be looked at")
            with self._wake:
                if not self._is_closing:
                    self._wake.wait(self._sleep_seconds())

    def _catch_up(self) -> None:
        """Start what has become due by the server's clock."""
        with self._firing:
            now = self._control.clock()
            while (instant := self._next_due(now)) is not None:
                self._seen = instant
                for work in self._due_at(instant):
                    self.start([work])
            self._seen = max(self._seen, now)
            if now - self._tidied > _TIDYING:
                run_store.forget_old(self._control)
                self._tidied = now

    def _sleep_seconds(self) -> float:
        following = self._next_due(None)
        if following is None:
            return _LONGEST_SLEEP_SECONDS
        left = (following - self._control.clock()).total_seconds()
        return min(max(left, 0.01), _LONGEST_SLEEP_SECONDS)

    def _next_due(self, until: datetime | None) -> datetime | None:
        """The first firing after what was seen, not after `until`."""
        configs = self._control.documents.all(transfer_configs.KIND).values()
        times = (transfer_configs.next_time(kept, self._seen) for kept in configs)
        return min((time for time in times if time and (until is None or time <= until)), default=None)

    def _due_at(self, instant: datetime) -> list[Work]:
        """A new run of every schedule that fires at the instant, by display name."""
        just_before = instant.replace(microsecond=0) - instant.resolution
        due = [
            kept
            for kept in self._control.documents.all(transfer_configs.KIND).values()
            if transfer_configs.next_time(kept, just_before) == instant
        ]
        work: list[Work] = []
        for kept in sorted(due, key=lambda kept: str(kept["config"]["displayName"])):
            schedule = transfer_configs.schedule_of(kept["config"]).text
            work.append((kept, transfer_runs.create(self._control, kept, instant, schedule=schedule)))
        return work

    def _run_all(self, work: Sequence[Work]) -> None:
        try:
            for kept, run in work:
                self._run(kept, run)
        except Exception:
            _LOG.exception("a scheduled query's run could not be written down")
        finally:
            with self._wake:
                self._running.discard(threading.current_thread())

    def _run(self, kept: Mapping[str, Any], run: dict[str, Any]) -> dict[str, Any]:
        with self._wake:
            turn = self._turns.setdefault(kept["config"]["name"], threading.Lock())
        with turn:
            return transfer_runs.execute(self._control, kept, run)
