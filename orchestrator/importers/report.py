"""What an import says when it is done."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestrator.importers.similar import SimilarReport


@dataclass(frozen=True)
class TableReport:
    """Rows of one file: in the file, left out, changed on the way; and what the merge did to the table."""

    name: str
    total: int
    duplicates: int
    rejected: int
    repaired: int
    inserted: int
    updated: int
    unchanged: int

    def line(self) -> str:
        """One line for people."""
        return f"{self.name}: {self.inserted:,} new, {self.updated:,} changed, {self.unchanged:,} as before" + left_out(
            self.rejected, self.repaired, self.duplicates
        )


@dataclass(frozen=True)
class UnknownCaptions:
    """Messages whose caption id the library does not know; `first` are a few of them with that id.

    The id is not kept: a message gets the caption that its text matches, or none.
    """

    messages: int = 0
    first: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The count and the examples as `--json` prints them; ids as text, for they may have 64 bits."""
        examples = [{"message_id": message, "caption_id": str(caption)} for message, caption in self.first]
        return {"messages": self.messages, "first": examples}

    def lines(self) -> list[str]:
        """A line for people, when there is something to say."""
        if not self.messages:
            return []
        shown = ", ".join(f"{message} ({caption})" for message, caption in self.first)
        more = ", ..." if self.messages > len(self.first) else ""
        return [f"{self.messages:,} messages name a caption that the library does not know: {shown}{more}"]


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `matched` messages found their caption by text, `without_caption` ones have none yet.

    `similar` is there when texts that differ only in typing were matched on request; those have a caption too.
    """

    tables: Mapping[str, TableReport]
    matched: int
    without_caption: int
    rejects_path: Path | None
    unknown: UnknownCaptions = UnknownCaptions()
    similar: SimilarReport | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "tables": {name: asdict(report) for name, report in self.tables.items()},
            "messages_matched": self.matched,
            "messages_without_caption": self.without_caption,
            "messages_with_unknown_caption": self.unknown.as_dict(),
            "rejects": None if self.rejects_path is None else str(self.rejects_path),
            **({} if self.similar is None else {"similar": self.similar.as_dict()}),
        }

    def text(self) -> str:
        """The report for people."""
        lines = [report.line() for report in self.tables.values()]
        lines.append(
            f"{self.matched:,} messages matched to captions by text, {self.without_caption:,} without a caption"
        )
        lines += self.unknown.lines()
        if self.similar is not None:
            lines.append(self.similar.line())
        return "\n".join([*lines, *rejects_line(self.rejects_path)])


def left_out(rejected: int, repaired: int, duplicates: int) -> str:
    """The part of a line that tells what became of bad rows; empty for a clean file."""
    counts = {"rejected": rejected, "repaired": repaired, "repeated": duplicates}
    return "".join(f", {count:,} {word}" for word, count in counts.items() if count)


def rejects_line(path: Path | None) -> list[str]:
    """Where the remarks are, if there are any."""
    return [] if path is None else [f"rows that were rejected or repaired, with reasons: {path}"]
