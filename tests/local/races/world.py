"""A warehouse in which racers want the same captions, and the protocols by which they try to hold them.

Every protocol reads INFORMATION_SCHEMA.JOBS right after BEGIN TRANSACTION. What that view answers is the test's own
(`Meeting`): a place inside a transaction, behind the snapshot and before the first change, where racers can be made to
wait for each other.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from google.api_core import exceptions as api
from google.cloud import bigquery

from orchestrator.warehouse.parameters import to_parameters
from orchestrator.warehouse.retries import is_conflict_abort
from sql import render, sidecar
from tests.conftest import NOW, TestWarehouse

MONDAY = date(2026, 1, 19)
NOON = datetime(2026, 1, 20, 20, 0, tzinfo=UTC)  # on the Tuesday of that week, in Los Angeles
MEETING_SECONDS = 30
RETRIES = 200
PLACE = "SELECT COUNT(job_id) AS jobs FROM `region-us`.INFORMATION_SCHEMA.JOBS;"


@dataclass(frozen=True)
class Wish:
    """One racer's wish: a draft of its own with one message, which uses the caption of the week."""

    page: str
    week: int
    racer: int

    @property
    def schedule_id(self) -> str:
        return f"sched_{MONDAY + timedelta(weeks=self.week):%Y%m%d}_{self.page}_v{self.racer + 1}"

    @property
    def day(self) -> date:
        return MONDAY + timedelta(weeks=self.week, days=1)

    @property
    def assignment(self) -> dict[str, Any]:
        return {"caption_id": self.week, "scheduled_send_date": self.day, "scheduled_send_hour": 12}


@dataclass
class Meeting:
    """Decides how long a transaction stands still after its snapshot."""

    _arrived: int = 0
    _barrier: threading.Barrier | None = None
    _pauses: random.Random | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def gather(self, racers: int) -> None:
        """The next `racers` transactions wait until the last of them has its snapshot; later ones pass."""
        self._barrier, self._arrived, self._pauses = threading.Barrier(racers), 0, None

    def scatter(self, seed: int) -> None:
        """Every transaction waits up to 10 milliseconds, at random."""
        self._barrier, self._pauses = None, random.Random(seed)

    def rows(self) -> Sequence[dict[str, Any]]:
        """What INFORMATION_SCHEMA.JOBS answers meanwhile: nothing."""
        with self._lock:
            self._arrived += 1
            barrier = self._barrier
            expected = barrier is not None and self._arrived <= barrier.parties
            pause = self._pauses.uniform(0, 0.01) if self._pauses else 0.0
        if barrier is not None and expected:
            barrier.wait(MEETING_SECONDS)
        time.sleep(pause)
        return []


@dataclass(frozen=True)
class Racing:
    """The warehouse of the races."""

    house: TestWarehouse
    meeting: Meeting

    def draft(self, wishes: Sequence[Wish]) -> None:
        """Write every wish's draft, which our lock takes its facts from."""
        schedules = [
            {
                "schedule_id": wish.schedule_id,
                "page_name": wish.page,
                "week_start": MONDAY + timedelta(weeks=wish.week),
                "account_size": "MICRO",
                "saturation_status": "GREEN",
                "saturation_score": 0.1,
                "behavioral_segment": "BUDGET",
                "ppv_target": 1,
                "bump_target": 0,
                "ppv_count": 1,
                "bump_count": 0,
                "expected_emv": 1.0,
                "seed": "s",
                "policy_version": "p",
                "mode": "optimize",
                "shortages": "[]",
            }
            for wish in wishes
        ]
        messages = [
            {
                "schedule_id": wish.schedule_id,
                "position": 1,
                "scheduled_send_time": NOON + timedelta(weeks=wish.week),
                "message_type": "PPV",
                "caption_id": wish.week,
                "caption_key": f"key{wish.week}",
                "price_tier": "mid",
                "price": 23,
                "expected_emv": 1.0,
                "final_score": 1.0,
                "propensity": None,
                "reason": "{}",
            }
            for wish in wishes
        ]
        self.house.warehouse.query("save_drafts", {"schedules": schedules, "messages": messages})

    def run(self, text: str, parameters: list[Any]) -> list[dict[str, Any]]:
        """One job, as the product runs its own: nothing is repeated by the client library."""
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        job = self.house.client.query(text, job_config=config, job_retry=None)
        return [dict(row.items()) for row in job.result(job_retry=None)]

    def holders(self, pages: Sequence[str]) -> dict[tuple[str, int], int]:
        """How often each (page, caption) of these pages is held at this moment."""
        held = self.house.rows(
            f"SELECT page_name, caption_id, COUNT(*) AS times FROM {self.house.table('active_caption_assignments')} "
            "WHERE is_active GROUP BY page_name, caption_id"
        )
        return {(row["page_name"], row["caption_id"]): row["times"] for row in held if row["page_name"] in pages}


Protocol = Callable[[Racing, Wish], str]
"""Tries once to fulfil a wish; says how it ended, or raises what the client raised."""

_WANTED = """SELECT
  CONCAT(@schedule_id, '|', CAST(@caption_id AS STRING)) AS assignment_key, @page_name AS page_name,
  @caption_id AS caption_id, @caption_key AS caption_key, @schedule_id AS schedule_id,
  @due AS scheduled_send_time, @day AS scheduled_send_date, 12 AS scheduled_send_hour, 'PPV' AS message_type,
  'mid' AS price_tier, TRUE AS is_active, 0 AS fence, 'none' AS request_id, @due AS assigned_at"""
_COLUMNS = (
    "assignment_key, page_name, caption_id, caption_key, schedule_id, scheduled_send_time, scheduled_send_date, "
    "scheduled_send_hour, message_type, price_tier, is_active, fence, request_id, assigned_at"
)


def insert_where_not_exists(racing: Racing, wish: Wish) -> str:
    """Naive: look and insert in one transaction."""
    table = racing.house.table("active_caption_assignments")
    return _naive(
        racing,
        wish,
        f"""INSERT INTO {table} ({_COLUMNS})
            SELECT {_COLUMNS} FROM ({_WANTED}) AS wanted
            WHERE NOT EXISTS (
              SELECT held.caption_id FROM {table} AS held
              WHERE held.page_name = wanted.page_name AND held.caption_key = wanted.caption_key AND held.is_active)""",
    )


def insert_only_merge(racing: Racing, wish: Wish) -> str:
    """Naive: MERGE that only inserts, in a transaction."""
    columns = ", ".join(f"wanted.{name}" for name in _COLUMNS.split(", "))
    return _naive(
        racing,
        wish,
        f"""MERGE {racing.house.table("active_caption_assignments")} AS held USING ({_WANTED}) AS wanted
            ON held.page_name = wanted.page_name AND held.caption_key = wanted.caption_key AND held.is_active
            WHEN NOT MATCHED THEN INSERT ({_COLUMNS}) VALUES ({columns})""",
    )


def _naive(racing: Racing, wish: Wish, change: str) -> str:
    text = f"""DECLARE taken INT64;
        BEGIN TRANSACTION;
        {PLACE}
        {change};
        SET taken = @@row_count;
        COMMIT TRANSACTION;
        SELECT IF(taken = 1, 'locked', 'conflict') AS result;"""
    values = {
        "schedule_id": wish.schedule_id,
        "page_name": wish.page,
        "caption_id": wish.week,
        "caption_key": f"key{wish.week}",
        "day": wish.day,
        "due": NOON + timedelta(weeks=wish.week),
    }
    types = dict.fromkeys(("schedule_id", "page_name", "caption_key"), "STRING")
    types |= {"caption_id": "INT64", "day": "DATE", "due": "TIMESTAMP"}
    return str(racing.run(text, to_parameters(types, values))[0]["result"])


def lock_schedules(racing: Racing, wish: Wish) -> str:
    """Ours, for a whole run: `queries/lock_schedules.sql`."""
    text = with_place(render("queries/lock_schedules", racing.house.settings))
    assignment = {"schedule_id": wish.schedule_id, "page_name": wish.page, **wish.assignment}
    values = {"assignments": [assignment], "supersede": [], "actor": "test"}
    found = racing.run(text, to_parameters(sidecar("queries/lock_schedules")["parameters"], values))
    return str(found[0]["result"])


def lock_caption_assignments(racing: Racing, wish: Wish) -> str:
    """Ours, for one schedule: the procedure, which refuses by an error."""
    house = racing.house
    types = {"p0": "STRING", "p1": "STRING"}
    types["p2"] = "ARRAY<STRUCT<caption_id INT64, scheduled_send_date DATE, scheduled_send_hour INT64>>"
    values = {"p0": wish.schedule_id, "p1": wish.page, "p2": [wish.assignment]}
    try:
        racing.run(f"CALL {house.table('lock_caption_assignments')}(@p0, @p1, @p2)", to_parameters(types, values))
    except api.BadRequest as error:
        if "the week stands already" in str(error):
            return "conflict"
        raise
    return "locked"


def with_place(text: str) -> str:
    """A script or routine of ours with the meeting place behind its one BEGIN TRANSACTION."""
    before, begin, after = text.partition("BEGIN TRANSACTION;")
    assert begin and "BEGIN TRANSACTION;" not in after
    return f"{before}{begin}\n{PLACE}{after}"


def race(racing: Racing, protocol: Protocol, wishes: Sequence[Wish]) -> list[str]:
    """All wishes at once, each in a thread; who is aborted tries again. The outcomes, in the order of the wishes."""
    outcomes = ["?"] * len(wishes)

    def racer(place: int, wish: Wish) -> None:
        for attempt in range(RETRIES):
            try:
                outcomes[place] = protocol(racing, wish)
                return
            except api.BadRequest as error:
                outcomes[place] = str(error)
                if not is_conflict_abort(error):
                    return
                time.sleep(random.uniform(0, min(0.2, 0.02 * (attempt + 1))))

    threads = [threading.Thread(target=racer, args=pair) for pair in enumerate(wishes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def seed_pages(house: TestWarehouse, pages: Sequence[str]) -> None:
    """Pages with guard rows."""
    house.insert("creators", [{"page_name": page, "is_active": True} for page in pages])
    house.warehouse.query("ensure_guard_rows", {"page_names": list(pages)})


def seed_captions(house: TestWarehouse, count: int) -> None:
    """Captions 0, 1, ..., whose texts differ."""
    bank = [
        {
            "caption_id": number,
            "caption_text": f"caption {number}",
            "caption_key": f"key{number}",
            "price_tier": "mid",
            "has_urgency": False,
            "is_active": True,
            "created_at": NOW.isoformat(),
        }
        for number in range(count)
    ]
    house.insert("caption_bank", bank)
