"""The review on a terminal: the verdict, what would be lost, then every change, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from infra.gate import Review
from infra.plan.columns import ColumnChange, Kind
from infra.plan.model import Action
from infra.plan.texts import TextDiff
from infra.report import facts
from infra.report.facts import Phases, Told, printable

SHOWN_LINES = 30
"""Of a diff, unless all is asked for; of what is new itself, nothing but its size."""
SHOWN_NAMES = 6
_STYLES = {
    Action.DELETE: "bold red",
    Action.REPLACE: "bold red",
    Action.FORGET: "bold red",
    Action.UNKNOWN: "bold red",
    Action.UPDATE: "yellow",
    Action.CREATE: "green",
    Action.IMPORT: "cyan",
    Action.MOVE: "cyan",
}
_LINE_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def render(review: Review, phases: Phases = (), *, verbose: bool = False) -> RenderableType:
    """Anything that rich can print. `verbose` shows every diff whole, those of new objects too."""
    parts: list[RenderableType] = [_head(review), *_objections(review)]
    was_long = True
    for one in facts.told(review):
        lines = [*change_lines(one, verbose)]
        parts += ["", *lines] if was_long or len(lines) > 1 else lines
        was_long = len(lines) > 1
    parts += [*_drift(review), *_costs(review), *_phases(phases)]
    return Group(*parts)


def _head(review: Review) -> Text:
    plan = review.plan
    lines = [
        Text(printable(facts.title(plan)), "bold"),
        Text(printable(facts.provider_words(plan)), "magenta" if plan.is_stand_in else "dim"),
        Text(facts.counts(plan), "bold red" if facts.destructive(review) else ""),
        Text(facts.verdict_line(review), "bold green" if review.verdicts.passed else "bold red"),
    ]
    return Text("\n").join(lines)


def _objections(review: Review) -> Iterator[RenderableType]:
    for one, places in facts.objections(review):
        yield Text.assemble(("  ✗ ", "bold red"), (one.rule, "red"), "  ", (printable(one.reason), "bold"))
        for place in places:
            yield _indented(Text(printable(place)), 4)
        yield _indented(Text.assemble(("do: ", "dim"), printable(one.fix)), 4)
    for finding, allowance in review.verdicts.allowed:
        yield Text.assemble(("  ✓ ", "bold green"), (printable(finding.address), "bold"), f"  {finding.rule} allowed")
        yield _indented(Text(printable(finding.reason)), 4)
        yield _indented(Text.assemble(("because: ", "dim"), printable(allowance.reason)), 4)


def change_lines(one: Told, verbose: bool) -> Iterator[RenderableType]:
    """One change: its headline, then words, columns, diffs and what is downstream."""
    change = one.change
    style = _STYLES.get(change.action, "")
    head = Text.assemble((f"{facts.SIGNS[change.action]} ", style), (printable(change.address), "bold"))
    head.append(f"  {change.action.value}", style)
    head.append(f"  {printable(one.detail.headline)}", "dim")
    yield head
    if one.refused:
        yield _indented(Text(f"✗ refused: {', '.join(one.refused)}", "red"), 4)
    is_brief = not verbose and (change.action is Action.CREATE or one.detail.is_cosmetic)
    words = () if is_brief and one.detail.is_cosmetic else one.detail.words
    for word in (*words, *(() if is_brief else one.detail.arguments)):
        if word != one.detail.headline:
            yield _indented(Text(printable(word)), 4)
    for column in () if is_brief else one.detail.columns:
        yield _indented(_column(column), 4)
    for diff in one.detail.diffs:
        if not is_brief:
            yield from _diff(diff, verbose)
    for kind, names in () if is_brief else facts.reach_lines(one.reach, None if verbose else SHOWN_NAMES):
        yield _indented(Text.assemble((f"{kind}: ", "blue"), printable(names)), 4)


def _column(column: ColumnChange) -> Text:
    style = "red" if column.kind.is_loss else "green" if column.kind in (Kind.ADDED, Kind.WIDENED, Kind.RELAXED) else ""
    return Text(printable(str(column)), style)


def _diff(diff: TextDiff, verbose: bool) -> Iterator[RenderableType]:
    shown = diff.lines if verbose else diff.lines[:SHOWN_LINES]
    for line in shown:
        yield _indented(Text(printable(line), _LINE_STYLES.get(line[:1], "dim")), 4)
    if len(diff.lines) > len(shown):
        more = f"… {len(diff.lines) - len(shown)} more lines of {diff.title}; --verbose shows them"
        yield _indented(Text(more, "dim"), 4)


def _drift(review: Review) -> Iterator[RenderableType]:
    lines = list(facts.drift_lines(review.plan))
    if lines:
        yield ""
        yield Text("Changed outside Terraform", "bold yellow")
        yield from (_indented(Text(printable(one)), 4) for one in lines)


def _costs(review: Review) -> Iterator[RenderableType]:
    if not review.costs:
        return
    yield ""
    rows = [facts.cost_row(one) for one in review.costs]
    yield from _table("Cost", facts.COST_HEADINGS, rows, right=range(1, len(facts.COST_HEADINGS)))
    yield from (_indented(Text(printable(note), "dim"), 2) for note in facts.cost_notes(review.costs))


def _phases(phases: Phases) -> Iterator[RenderableType]:
    if phases:
        rows = [facts.phase_row(one) for one in phases]
        yield ""
        yield from _table("Deployment", ("phase", "outcome", "time", ""), rows, right=(2,))


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]
) -> Iterator[RenderableType]:
    """Aligned lines, none of which is ever cut: rich's own table shortens cells where it finds no room."""
    cells = [[printable(one) for one in row] for row in (headings, *rows)]
    widths = [max(cell_len(row[position]) for row in cells) for position in range(len(headings))]
    yield Text(title, "bold")
    for number, row in enumerate(cells):
        line = [
            " " * (width - cell_len(cell)) + cell if position in right else set_cell_size(cell, width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield _indented(Text("  ".join(line).rstrip(), "" if number else "dim"), 2)


@dataclass(frozen=True)
class _Indented:
    """Text behind some blanks: wrapped with a hanging indent, or whole where the console does not wrap."""

    text: Text
    columns: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.no_wrap:
            yield Text(" " * self.columns) + self.text
        else:
            yield Padding(self.text, (0, 0, 0, self.columns), expand=False)


def _indented(text: Text, columns: int) -> _Indented:
    return _Indented(text, columns)
