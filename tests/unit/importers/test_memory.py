"""What an import holds in memory does not grow with the file; a terminal hears how far it is."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.importers.check import check_file
from orchestrator.importers.duplicates import Bits
from orchestrator.importers.meter import Meter
from orchestrator.importers.tables import MESSAGES, message_rule

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
HEADER = (
    "message_id,page_name,message,caption_id,sending_time,price,sent_count,viewed_count,purchased_count,"
    "earnings,message_type\n"
)


def peak_of(folder: Path, rows: int) -> int:
    """Bytes at the peak of checking a file: each fifth row is bad, each seventh repeated, each ninth contradicted."""
    path = folder / "messages.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(rows):
            count = "many" if number % 5 == 0 else number
            row = f"{number},ava,{'text ' * 40}{number},,2026-01-02T18:00:00Z,14,{count},,,,PPV\n"
            file.write(row * 2 if number % 7 == 0 else row)
            if number % 9 == 0:
                file.write(f"{number},ava,another text,,2026-01-02T18:00:00Z,14,100,,,,PPV\n")
    work = folder / f"work{rows}"
    work.mkdir()
    tracemalloc.start()
    try:
        content = check_file(path, MESSAGES, work, rule=message_rule(NOW, frozenset({"ava"})))
        assert sum(1 for _ in content.rows()) == content.kept > rows / 2
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """20,000 rows more, of 200 characters each, would be 20 MB at least if they were held."""
    peak_of(tmp_path, 1000)  # what is loaded once and stays
    few, many = peak_of(tmp_path, 4000), peak_of(tmp_path, 24_000)
    assert many - few < 4_000_000


def test_bits_hold_what_was_put_in() -> None:
    bits = Bits()
    assert not bits.any and 5 not in bits
    numbers = {0, 7, 8, 63, 64, 100_000, 99_999}
    for number in numbers:
        bits.add(number)
    assert {number for number in range(100_100) if number in bits} == numbers
    assert 10**9 not in bits


def test_progress_tells_rows_share_and_rate_five_times_a_second_at_most() -> None:
    seconds, said = [0.0], list[str]()
    meter = Meter(said.append, "checking messages.csv", clock=lambda: seconds[0])
    for step in range(1, 6):
        seconds[0] = step * 0.1
        meter.read(step * 1000, step * 100_000, 1_000_000)
    # 2,000 rows in .2 s are 10,000 a second; of 1,000,000 bytes 200,000 are 20 %
    assert said == [
        "checking messages.csv",
        "checking messages.csv: 2,000 rows, 20 % of 1.0 MB, 10,000 rows/s",
        "checking messages.csv: 4,000 rows, 40 % of 1.0 MB, 10,000 rows/s",
    ]
    seconds[0] = 2.0
    meter.sent(3_000_000_000, 4_000_000_000)
    seconds[0] = 4.0
    meter.asked(300, 400)
    assert said[-2:] == [
        "checking messages.csv: 75 % of 4.0 GB, 1.5 GB/s",
        "checking messages.csv: 75 % of 400 rows, 75 rows/s",
    ]
