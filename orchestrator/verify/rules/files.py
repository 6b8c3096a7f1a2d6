"""The exported files: their place, form and content against the warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.verify.evidence import (
    EXPORTED_STATUSES,
    LA,
    Caption,
    Evidence,
    ExportedFile,
    ExportEntry,
    Finding,
    Message,
    Rule,
    Schedule,
    group_by,
)
from orchestrator.verify.sheet import (
    COLUMNS,
    DANGEROUS_FIRST,
    Sheet,
    SheetError,
    carriage_returns_outside_quotes,
    exists_on_clock,
    parse_send_time,
    read_sheet,
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SCORE = re.compile(r"-?\d+\.\d{4}")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def readable(evidence: Evidence) -> Iterator[tuple[ExportedFile, Sheet]]:
    """The files that can be read and have the right columns; `form` and `header` report the others."""
    for file in evidence.files:
        try:
            sheet = read_sheet(file.data)
        except SheetError:
            continue
        if sheet.header == COLUMNS:
            yield file, sheet


def place(evidence: Evidence) -> Iterator[Finding]:
    """A file is `<out>/<week>/<schedule_id>.csv` of an exported schedule of that week; nothing else lies there."""
    exported = {one.schedule_id for one in evidence.of_week if one.status in EXPORTED_STATUSES}
    for file in evidence.files:
        if file.path != f"{evidence.week:%Y-%m-%d}/{file.schedule_id}.csv" or file.schedule_id not in exported:
            yield Finding("files.place", file.schedule_id, "belongs to no exported schedule of the week", file.path)


def one_per_page(evidence: Evidence) -> Iterator[Finding]:
    """Every exported schedule has exactly one file, unless its newest export was written to another place by name."""
    found = group_by(evidence.files, lambda file: file.schedule_id)
    elsewhere = {one.schedule_id for one in evidence.exports if _written_elsewhere(evidence, one)}
    for one in evidence.of_week:
        count = len(found.get(one.schedule_id, []))
        if one.status in EXPORTED_STATUSES and count != 1 and (count or one.schedule_id not in elsewhere):
            yield Finding(
                "files.one_per_page", one.schedule_id, f"is {one.status} and has {count} files", one.page_name
            )


def _written_elsewhere(evidence: Evidence, entry: ExportEntry) -> bool:
    place = f"{evidence.week:%Y-%m-%d}/{entry.schedule_id}.csv"
    return entry.status == "success" and entry.target is not None and not entry.target.endswith(place)


def form(evidence: Evidence) -> Iterator[Finding]:
    """UTF-8 without a byte order mark, LF line ends, a last line that ends, as many cells as columns."""
    for file in evidence.files:
        problems = []
        if file.data.startswith(BYTE_ORDER_MARK):
            problems.append("byte order mark")
        if carriage_returns := carriage_returns_outside_quotes(file.data):
            problems.append(f"{carriage_returns} line ends with CR")
        if not file.data.endswith(b"\n"):
            problems.append("last line does not end")
        try:
            read_sheet(file.data)
        except SheetError as error:
            problems.append(str(error))
        if problems:
            yield Finding("files.form", file.schedule_id, "is not a sheet of the agreed form", "; ".join(problems))


def header(evidence: Evidence) -> Iterator[Finding]:
    """The twelve columns in their order."""
    for file in evidence.files:
        try:
            found = read_sheet(file.data).header
        except SheetError:
            continue
        if found != COLUMNS and not file.data.startswith(BYTE_ORDER_MARK):
            yield Finding("files.header", file.schedule_id, "has other columns", ",".join(found))


def nothing_combined(evidence: Evidence) -> Iterator[Finding]:
    """Every row of a file is of the schedule that names the file."""
    for file, sheet in readable(evidence):
        others = sorted({row["schedule_id"] for row in sheet.values} - {file.schedule_id})
        if others:
            yield Finding(
                "files.nothing_combined", file.schedule_id, "holds rows of other schedules", ", ".join(others)
            )


def in_order(evidence: Evidence) -> Iterator[Finding]:
    """Rows are sorted by time."""
    for file, sheet in readable(evidence):
        stated = [parse_send_time(row["scheduled_send_time"]) for row in sheet.values]
        times = [one for one in stated if one is not None]
        if times != sorted(times):
            yield Finding("files.in_order", file.schedule_id, "is not sorted by time")


def escaping(evidence: Evidence) -> Iterator[Finding]:
    """No cell begins with a character that a spreadsheet would run; the one quote in front prevents it."""
    for file, sheet in readable(evidence):
        for number, row in enumerate(sheet.cells, start=1):
            for column, cell in zip(COLUMNS, row, strict=True):
                if cell[:1] in DANGEROUS_FIRST:
                    yield Finding(
                        "files.escaping", file.schedule_id, f"row {number}, {column} is not escaped", repr(cell[:40])
                    )


def rows(evidence: Evidence) -> Iterator[Finding]:
    """As many rows as the schedule has messages."""
    for file, sheet in readable(evidence):
        schedule = evidence.by_id.get(file.schedule_id)
        expected = len(evidence.messages_of(schedule)) if schedule else 0
        if schedule and len(sheet.cells) != expected:
            yield Finding("files.rows", file.schedule_id, f"has {len(sheet.cells)} rows for {expected} messages")


def cells(evidence: Evidence) -> Iterator[Finding]:
    """Every cell says what the warehouse says. Texts, prices' form and times' form have rules of their own."""
    for file, sheet in readable(evidence):
        schedule = evidence.by_id.get(file.schedule_id)
        messages = evidence.messages_of(schedule) if schedule else []
        if schedule is None or len(messages) != len(sheet.cells):
            continue
        for number, (message, row) in enumerate(_paired(messages, sheet.values), start=1):
            for column, problem in _differences(schedule, message, evidence.caption.get(message.caption_id), row):
                yield Finding(
                    "files.cells", file.schedule_id, f"row {number}, {column} differs from the warehouse", problem
                )


def _paired(messages: list[Message], values: list[dict[str, str]]) -> list[tuple[Message, dict[str, str]]]:
    """Messages beside their rows, by caption; what has no partner is paired by place."""
    by_caption = group_by(values, lambda row: row["caption_id"])
    pairs = []
    for message, row in zip(messages, values, strict=True):
        partners = by_caption.get(str(message.caption_id))
        pairs.append((message, partners.pop(0) if partners else row))
    return pairs


def _differences(
    schedule: Schedule, message: Message, caption: Caption | None, row: dict[str, str]
) -> Iterator[tuple[str, str]]:
    expected = {
        "page_name": schedule.page_name,
        "day_of_week": DAYS[message.local.weekday()],
        "message_type": message.message_type,
        "caption_id": str(message.caption_id),
        "price_tier": message.price_tier,
    }
    if caption:
        expected["content_category"] = caption.category or ""
        expected["has_urgency"] = "TRUE" if caption.urgent else "FALSE"
    for column, value in expected.items():
        if row[column] != value:
            yield column, f"{row[column]!r}, not {value!r}"
    stated = parse_send_time(row["scheduled_send_time"])
    readable_time = stated is not None and exists_on_clock(stated.replace(tzinfo=LA))
    if stated and readable_time and stated.replace(tzinfo=None) != message.local.replace(tzinfo=None, microsecond=0):
        yield "scheduled_send_time", f"{row['scheduled_send_time']}, not {message.local.isoformat()}"
    if message.final_score is not None and not _same_score(row["performance_score"], message.final_score):
        yield "performance_score", f"{row['performance_score']!r}, not {message.final_score:.4f}"


def _same_score(cell: str, score: float) -> bool:
    """Four decimals; either neighbour is right when the fifth decimal is a tie."""
    return bool(SCORE.fullmatch(cell)) and abs(float(cell) - score) <= 0.5e-4 + 1e-12


RULES = (
    Rule("files.place", place),
    Rule("files.one_per_page", one_per_page),
    Rule("files.form", form),
    Rule("files.header", header),
    Rule("files.nothing_combined", nothing_combined),
    Rule("files.in_order", in_order),
    Rule("files.escaping", escaping),
    Rule("files.rows", rows),
    Rule("files.cells", cells),
)
