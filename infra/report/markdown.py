"""The review as a comment on a pull request, in GitHub's Markdown.

In this order, as tfcmt has it: title, link to the run, what would be lost, one line of counts and the verdict, the
changes worst first, costs, then collapsed details. A comment may have 65,536 characters: over 60,000 head and tail
stay, long diffs keep their beginning and end, details that still do not fit are left out, and all of that is said.
Every text that comes from a plan is hostile until it is escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.errors import InfraError
from infra.gate import Review
from infra.plan.model import Action
from infra.report import facts
from infra.report.facts import Phases, Told, printable

LIMIT = 65_536
"""Characters: GitHub refuses a comment of so many."""
LONGEST = 60_000
"""In bytes, which are never fewer than characters."""
LONGEST_DIFF = 12_000
"""In bytes: of a longer one the first and last lines are shown, so that one rewritten body hides no other change."""
LONGEST_LIST = 10_000
"""Of each list and table of the head, in bytes: all six of them fit, so the head always does."""
_QUIET = frozenset({Action.CREATE, Action.IMPORT, Action.MOVE})
_MOST_QUIET = 12
"""Rows of what is new or only described anew; more of them than that are collapsed."""
_MOST_REASONS = 10
"""Lines of an error's reason; more than that are what some program printed, and stay as it printed them."""
_HARMLESS = frozenset(" .,;()/%=+-–—'")
_LIVE = re.compile(
    r"(?<![A-Za-z0-9])@(?=\w)"  # a mention
    r"|\#(?=\d)|\bGH-(?=\d)"  # an issue
    r"|(?<=:)(?=//)|\bwww(?=\.)"  # an address
    r"|:(?=[\w+-]+:)",  # an emoji
    re.IGNORECASE,
)
"""Where GitHub finds something after it has rendered, which no escape but only a character between can stop."""
_INSIDE_A_WORD = re.compile(r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])")
"""An underscore that cannot begin or end emphasis; names are full of them."""
_LINK = re.compile(r"https://[\w.:/-]+", re.ASCII)
_TICKS = re.compile(r"`+")
_ZERO_WIDTH = "​"


@dataclass(frozen=True)
class Run:
    """What made the plan: an https address that shows the run, and the commit that was planned; each may be missing."""

    link: str = ""
    commit: str = ""


def render(review: Review, phases: Phases = (), *, run: Run = Run()) -> str:
    """The whole comment."""
    changes = facts.told(review)
    head = "\n\n".join([*_head(review, run), *_changes(changes), *_costs(review), *_phases(phases)])
    tail = "\n\n".join(_tail(review))
    room = LONGEST - _length(head) - _length(tail) - 200
    shown, left_out = _fitting([*_drift(review), *filter(None, map(_detail, changes))], room)
    note = [f"**{left_out} of the details are left out**, because a comment has no room for them."] if left_out else []
    return "\n\n".join([head, *shown, *note, tail]) + "\n"


def render_failure(target: str, error: InfraError, run: Run = Run()) -> str:
    """The comment on a plan that there is none of."""
    head = [f"### Plan for {escaped(target)}", *_origin(run)]
    head.append(f"> [!CAUTION]\n> **There is no plan.** {escaped(error.what[:1000])}.")
    reasons = [line for line in printable(error.why).splitlines() if line.strip()]
    is_brief = len(reasons) <= _MOST_REASONS and _length(error.why) <= LONGEST_DIFF // 2
    why = ["\n".join(f"- {escaped(one)}" for one in reasons)] if is_brief else [fenced(_shortened(reasons))]
    told = (("Where", error.where), ("What to do", error.fix))
    rest = [f"**{label}**: {escaped(text[:1000])}" for label, text in told if text]
    return "\n\n".join([*head, *filter(None, why), *rest]) + "\n"


def escaped(text: str) -> str:
    """Text on one line that means nothing to Markdown or HTML, wherever it stands: table cell, summary or sentence."""
    line = " ".join(printable(text).split())
    parted = _LIVE.sub(rf"\g<0>{_ZERO_WIDTH}", line)
    kept = _INSIDE_A_WORD.sub("\0", parted)
    harmless = "".join(one if one.isalnum() or one in _HARMLESS else f"&#{ord(one)};" for one in kept)
    return harmless.replace("&#0;", "_")


def code(text: str) -> str:
    """The same in a fixed-width face."""
    return f"<code>{escaped(text)}</code>"


def fenced(lines: Sequence[str], language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    text = printable("\n".join(line.replace("\n", " ") for line in lines))
    ticks = "`" * max(3, 1 + max((len(one) for one in _TICKS.findall(text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}"


def _head(review: Review, run: Run) -> Iterator[str]:
    plan = review.plan
    yield f"### {escaped(facts.title(plan))}"
    yield from _origin(run)
    lost = [
        f"> - {code(one.change.address)} in {escaped(one.change.stack)}: {escaped(_loss(one))}"
        for one in facts.destructive(review)
    ]
    if lost:
        yield "\n".join(["> [!CAUTION]", "> **This plan destroys:**", *_cut(lost, LONGEST_LIST)])
    sign = "✅" if review.verdicts.passed else "❌"
    yield f"**{escaped(facts.counts(plan))}.** {sign} {escaped(facts.verdict_line(review))}."
    yield from _objections(review)
    provider = facts.provider_words(plan)
    provider = f"{escaped(provider[:1].upper() + provider[1:])}."
    yield f"> [!NOTE]\n> {provider}" if plan.is_stand_in else f"<sub>{provider}</sub>"


def _origin(run: Run) -> Iterator[str]:
    parts = [f'<a href="{run.link}">The run</a>'] if _LINK.fullmatch(run.link) else []
    parts += [f"commit {escaped(run.commit)}"] if run.commit else []
    if parts:
        yield " · ".join(parts)


def _objections(review: Review) -> Iterator[str]:
    refused = [
        f"- **{escaped(one.rule)}** {escaped(one.reason)}: {', '.join(map(code, places))}<br>→ {escaped(one.fix)}"
        for one, places in facts.objections(review)
    ]
    allowed = [
        f"- {code(one.address)}: {escaped(one.reason)}, allowed because: {escaped(allowance.reason)}"
        for one, allowance in review.verdicts.allowed
    ]
    for rows in (refused, allowed):
        if rows:
            yield "\n".join(_cut(rows, LONGEST_LIST))


def _loss(one: Told) -> str:
    if one.change.action.is_destructive:
        return f"{one.change.action.value}, {one.detail.headline}"
    return f"column {'; column '.join(facts.lost_columns(one))}"


def _changes(changes: Sequence[Told]) -> Iterator[str]:
    quiet = [one for one in changes if _is_quiet(one)]
    is_split = len(quiet) > _MOST_QUIET
    loud = [_row(one) for one in changes if not (is_split and _is_quiet(one))]
    if loud:
        yield _table(loud)
    if is_split:
        counted = Counter(_quiet_words(one) for one in quiet)
        summary = ", ".join(f"{number} {words}" for words, number in counted.items())
        yield _collapsed(summary, _table([_row(one) for one in quiet]))


def _is_quiet(one: Told) -> bool:
    return (one.change.action in _QUIET or one.detail.is_cosmetic) and not one.refused


def _quiet_words(one: Told) -> str:
    action = one.change.action
    return f"to {action.value}" if action in _QUIET else "to update in nothing but labels and descriptions"


def _row(one: Told) -> str:
    action = one.change.action
    return (
        f"| {facts.SIGNS[action]}&nbsp;{action.value} | {code(one.change.address)} | "
        f"{'❌ ' if one.refused else ''}{escaped(one.detail.headline[:200])} |"
    )


def _table(rows: list[str]) -> str:
    return "\n".join(["| | object | what changes |", "|---|---|---|", *_cut(rows, LONGEST_LIST)])


def _cut(rows: list[str], room: int) -> list[str]:
    """As many rows as fit; the last one then says how many are missing. They are in order, so the worst stay."""
    kept: list[str] = []
    for row in rows:
        room -= _length(row) + 1
        if room < 0:
            missing = f"{len(rows) - len(kept)} more are not shown"
            return [*kept, f"| | {missing} | |" if row.startswith("|") else f"{row[: row.index('-')]}- {missing}"]
        kept.append(row)
    return kept


def _costs(review: Review) -> Iterator[str]:
    if not review.costs:
        return
    head = "| " + " | ".join(facts.COST_HEADINGS) + " |\n|---|" + "---:|" * (len(facts.COST_HEADINGS) - 1)
    rows = ["| " + " | ".join(escaped(cell) for cell in facts.cost_row(one)) + " |" for one in review.costs]
    notes = " ".join(f"{escaped(note[:1].upper() + note[1:])}." for note in facts.cost_notes(review.costs))
    yield "\n".join([head, *_cut(rows, LONGEST_LIST)]) + f"\n\n<sub>{notes}</sub>"


def _phases(phases: Phases) -> Iterator[str]:
    if phases:
        rows = ["| " + " | ".join(escaped(cell) for cell in facts.phase_row(one)) + " |" for one in phases]
        yield "\n".join(["| phase | outcome | time | |", "|---|---|---:|---|", *_cut(rows, LONGEST_LIST)])


def _drift(review: Review) -> Iterator[str]:
    lines = list(facts.drift_lines(review.plan))
    if lines:
        listed = "\n".join(f"- {escaped(one)}" for one in lines)
        yield _collapsed(f"⚠️ {len(lines)} changed outside Terraform", listed)


def _detail(one: Told) -> str:
    """What the table's row does not say; empty when the row says all."""
    change, detail = one.change, one.detail
    summary = f"{facts.SIGNS[change.action]} {code(change.address)} {escaped(detail.headline[:200])}"
    items = [f"- ❌ refused: {escaped(', '.join(one.refused))}"] if one.refused else []
    words = (word for word in (*detail.words, *detail.arguments) if word != detail.headline)
    items += [f"- {escaped(word)}" for word in words]
    items += [f"- {'❌ ' if column.kind.is_loss else ''}{code(str(column))}" for column in detail.columns]
    items += [f"- reaches {kind}: {escaped(names)}" for kind, names in facts.reach_lines(one.reach)]
    blocks = ["\n".join(items)] if items else []
    blocks += [fenced(_shortened(diff.lines), "diff") for diff in detail.diffs]
    return _collapsed(summary, "\n\n".join(blocks)) if blocks else ""


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    """Of a long diff the first two thirds and the last third of what there is room for."""
    if sum(_length(line) + 1 for line in lines) <= LONGEST_DIFF:
        return lines
    first = _as_many(lines, LONGEST_DIFF * 2 // 3)
    last = _as_many(lines[:first:-1], LONGEST_DIFF // 3)
    left_out = len(lines) - first - last
    return [*lines[:first], f"@@ {left_out:,} lines are left out here @@", *lines[len(lines) - last :]]


def _as_many(lines: Sequence[str], room: int) -> int:
    for number, line in enumerate(lines):
        room -= _length(line) + 1
        if room < 0:
            return number
    return len(lines)


def _collapsed(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _tail(review: Review) -> Iterator[str]:
    words = "Deploying applies exactly this plan, and refuses it once the state has moved."
    if review.plan.changes or review.verdicts.refused:
        yield f"<sub>{words}</sub>"


def _fitting(blocks: Sequence[str], room: int) -> tuple[list[str], int]:
    """Those that fit, in order, and how many do not; a smaller one may still fit behind one that does not."""
    shown = []
    for block in blocks:
        needed = _length(block) + 2
        if needed <= room:
            shown.append(block)
            room -= needed
    return shown, len(blocks) - len(shown)


def _length(text: str) -> int:
    return len(text.encode())
