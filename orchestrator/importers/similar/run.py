"""Gives messages without a caption the caption they were meant to be, and writes down which for a person to review."""

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from orchestrator.errors import UsageError
from orchestrator.importers.check import CheckedFile
from orchestrator.importers.similar.index import Match, Similar, Text
from orchestrator.importers.similar.words import names_in
from orchestrator.importers.workshop import disk_errors

MATCHES_WRITTEN_AT_ONCE = 5_000
HEADING = ("messages", "caption_id", "message", "caption", "typed", "meant")

_PARTS_OF_A_PAGE_NAME = re.compile(r"[a-z]{3,}")


class Warehouse(Protocol):
    """What matching needs of the warehouse."""

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        """Run sql/queries/<name>.sql."""


@dataclass(frozen=True)
class SimilarReport:
    """How many texts and messages found a caption that differs only in typing, and where they are listed."""

    texts: int
    messages: int
    path: Path | None

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {"texts": self.texts, "messages": self.messages, "path": None if self.path is None else str(self.path)}

    def line(self) -> str:
        """One line for people."""
        where = "" if self.path is None else f": review {self.path}"
        return f"{self.messages:,} messages ({self.texts:,} texts) differ from a caption only in typing{where}"


@dataclass(frozen=True)
class Unmatched:
    """A text without a caption: two of its spellings (of one caption_key) and how many messages have it."""

    key: str
    first: str
    last: str
    messages: int


def match_similar(warehouse: Warehouse, page_names: Iterable[tuple[str, str]], path: Path) -> SimilarReport:
    """Match what has no caption in the warehouse; `page_names` are (page_name, display_name).

    The list for review is written to `path` before any message is changed. A message that has a caption keeps it, so a
    second time changes nothing. Texts and captions are held in memory.
    """
    captions = [
        Text(row["caption_key"], row["caption_text"], row["caption_id"]) for row in warehouse.query("caption_texts")
    ]
    unmatched = [
        Unmatched(row["caption_key"], row["first_text"], row["last_text"], row["messages"])
        for row in warehouse.query("unmatched_texts")
    ]
    found = _matches(captions, unmatched, page_names)
    report = _report(found, path)
    pairs = [{"caption_key": one.key, "caption_id": match.caption.caption_id} for one, match in found]
    for start in range(0, len(pairs), MATCHES_WRITTEN_AT_ONCE):
        warehouse.query("match_similar", {"matches": pairs[start : start + MATCHES_WRITTEN_AT_ONCE]})
    return report


def preview_similar(contents: Mapping[str, CheckedFile], path: Path) -> SimilarReport:
    """What `match_similar` would find if the warehouse held these files and nothing else; writes only the list."""
    captions: dict[str, Text] = {}
    for row in contents["captions"].rows():
        text = Text(row["caption_key"], row["caption_text"], int(row["caption_id"]))
        if row["is_active"] and text.caption_id < captions.get(text.key, Text("", "", 2**63)).caption_id:
            captions[text.key] = text
    ids = {row["caption_id"] for row in contents["captions"].rows()}
    unmatched: dict[str, Unmatched] = {}
    for row in contents["messages"].rows():
        key, text = row["caption_key"], row["message"]
        if key not in captions and row["caption_id"] not in ids:
            known = unmatched.get(key, Unmatched(key, text, text, 0))
            unmatched[key] = Unmatched(key, min(known.first, text), max(known.last, text), known.messages + 1)
    pages = ((row["page_name"], row["display_name"]) for row in contents["creators"].rows())
    return _report(_matches(captions.values(), unmatched.values(), pages), path)


def _matches(
    captions: Iterable[Text], unmatched: Iterable[Unmatched], page_names: Iterable[tuple[str, str]]
) -> list[tuple[Unmatched, Match]]:
    lowest: dict[str, Text] = {}
    for caption in sorted(captions, key=lambda one: one.caption_id):
        lowest.setdefault(caption.key, caption)
    texts = sorted(unmatched, key=lambda one: one.key)
    names = {
        *names_in(caption.text for caption in lowest.values()),
        *names_in(one.first for one in texts),
        *_names_of_pages(page_names),
    }
    index = Similar(lowest.values(), (Text(one.key, one.first) for one in texts), names)
    found = []
    for one in texts:
        match = index.match(one.first)
        if match is not None and index.match(one.last) == match:
            found.append((one, match))
    return found


def _names_of_pages(page_names: Iterable[tuple[str, str]]) -> Iterator[str]:
    for page_name, display_name in page_names:
        yield from _PARTS_OF_A_PAGE_NAME.findall(page_name)
        yield from re.findall(r"\w{2,}", display_name.casefold())


def _report(found: list[tuple[Unmatched, Match]], path: Path) -> SimilarReport:
    messages = sum(one.messages for one, _ in found)
    return SimilarReport(len(found), messages, _written(found, path))


def _written(found: list[tuple[Unmatched, Match]], path: Path) -> Path | None:
    """Write the list beside, then rename; without matches an older one is removed, for it would mislead.

    Texts are JSON strings, which no spreadsheet takes for a formula.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        if not found:
            path.unlink(missing_ok=True)
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        with disk_errors(path), beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADING)
            writer.writerows(_cells(one, match) for one, match in found)
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", why=str(error), fix="make its folder writable") from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _cells(one: Unmatched, match: Match) -> tuple[str, ...]:
    quoted = (json.dumps(text, ensure_ascii=False) for text in (one.first, match.caption.text))
    return str(one.messages), f"'{match.caption.caption_id}", *quoted, *map(" / ".join, zip(*match.slips, strict=True))
