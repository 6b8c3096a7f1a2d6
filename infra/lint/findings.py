"""What a rule reports, and what the reader is told of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sql import Place


@dataclass(frozen=True)
class Hit:
    """A rule is broken at `offset` of an asset's text; `subject` is the piece of SQL that breaks it."""

    offset: int
    subject: str


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule at the line that has to be changed; `through` are the lines that printed that line, if any."""

    path: str
    line: int
    rule: str
    subject: str
    message: str
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f"{self.path}:{self.line}: {self.rule}: {self.subject}: {self.message}"
        return f"{shown} (printed by {', '.join(self.through)})" if self.through else shown

    def as_dict(self) -> dict[str, object]:
        """The finding as `--json` prints it."""
        return asdict(self)


def finding(rule: str, message: str, hit: Hit, places: tuple[Place, ...]) -> Finding:
    """A hit where it was written; whoever printed that is named from the inside out."""
    subject = " ".join(hit.subject.split())
    return Finding(places[0].path, places[0].line, rule, subject, message, tuple(map(str, places[1:])))


def shown(text: str, limit: int = 60) -> str:
    """A piece of SQL, short enough for a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 3]}..."
