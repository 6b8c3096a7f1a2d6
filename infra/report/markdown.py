"""The review as a comment on a pull request, in GitHub's Markdown.

In this order, as tfcmt has it: what would be lost, one line of counts, the verdict, the changes worst first, costs,
then collapsed details. A comment may have 65,536 characters: details that do not fit are left out and counted, head and
tail stay. Every text that comes from a plan is hostile until it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from infra.gate import Review
from infra.report import facts
from infra.report.facts import Phases, Told, printable

LONGEST = 65_000
"""In bytes, which are never fewer than characters; a little less than what GitHub takes."""
LONGEST_LIST = 10_000
"""Of each list and table of the head, in bytes: all six of them fit, so the head always does."""
_HARMLESS = frozenset(" .,;()/%=+-–—'")
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=\w)")
_INSIDE_A_WORD = re.compile(r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])")
"""An underscore that cannot begin or end emphasis; names are full of them."""
_TICKS = re.compile(r"`+")
_ZERO_WIDTH = "​"


def render(review: Review, phases: Phases = (), *, link: str = "") -> str:
    """The whole comment. `link` is where the full report of the run lies."""
    changes = facts.told(review)
    head = "\n\n".join([*_head(review), *_changes(changes), *_costs(review), *_phases(phases)])
    tail = "\n\n".join(_tail(review, link))
    room = LONGEST - _length(head) - _length(tail) - 200
    shown, left_out = _fitting([*_drift(review), *map(_detail, changes)], room)
    note = [f"**{left_out} of the details are left out**, because a comment has no room for them."] if left_out else []
    return "\n\n".join([head, *shown, *note, tail]) + "\n"


def escaped(text: str) -> str:
    """Text on one line that means nothing to Markdown or HTML, wherever it stands: table cell, summary or sentence."""
    line = " ".join(printable(text).split())
    parted = _MENTION.sub(f"@{_ZERO_WIDTH}", line)
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


def _head(review: Review) -> Iterator[str]:
    plan = review.plan
    yield f"### {escaped(facts.title(plan))}"
    lost = [
        f"> - {code(one.change.address)} in {escaped(one.change.stack)}: {escaped(_loss(one))}"
        for one in facts.destructive(review)
    ]
    if lost:
        yield "\n".join(["> [!CAUTION]", "> **This plan destroys:**", *_cut(lost, LONGEST_LIST)])
    provider = facts.provider_words(plan)
    provider = f"{escaped(provider[:1].upper() + provider[1:])}."
    yield f"> [!NOTE]\n> {provider}" if plan.is_stand_in else provider
    sign = "✅" if review.verdicts.passed else "❌"
    yield f"**{escaped(facts.counts(plan))}.** {sign} {escaped(facts.verdict_line(review))}."
    yield from _objections(review)


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
    return f"{one.change.action.value}, {one.detail.headline}"


def _changes(changes: Sequence[Told]) -> Iterator[str]:
    rows = [
        f"| {facts.SIGNS[one.change.action]}&nbsp;{one.change.action.value} | {code(one.change.address)} | "
        f"{'❌ ' if one.refused else ''}{escaped(one.detail.headline[:200])} |"
        for one in changes
    ]
    if rows:
        yield "\n".join(["| | object | what changes |", "|---|---|---|", *_cut(rows, LONGEST_LIST)])


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
    notes = " ".join(f"{escaped(note)}." for note in facts.cost_notes(review.costs))
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
    change, detail = one.change, one.detail
    summary = f"{facts.SIGNS[change.action]} {code(change.address)} {escaped(detail.headline[:200])}"
    items = [f"- ❌ refused: {escaped(', '.join(one.refused))}"] if one.refused else []
    words = (word for word in (*detail.words, *detail.arguments) if word != detail.headline)
    items += [f"- {escaped(word)}" for word in words]
    items += [f"- {'❌ ' if column.kind.is_loss else ''}{code(str(column))}" for column in detail.columns]
    items += [f"- {kind}: {escaped(names)}" for kind, names in facts.reach_lines(one.reach)]
    blocks = ["\n".join(items)] if items else []
    blocks += [fenced(diff.lines, "diff") for diff in detail.diffs]
    return _collapsed(summary, "\n\n".join(blocks) or "That is all.")


def _collapsed(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _tail(review: Review, link: str) -> Iterator[str]:
    report = f' <a href="{escaped(link)}">The whole report</a>.' if link.startswith("https://") else ""
    words = "Deploying applies exactly this plan, and refuses it once the state has moved."
    if review.plan.changes or review.verdicts.refused:
        yield f"<sub>{words}{report}</sub>"


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
