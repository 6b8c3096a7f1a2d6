"""What was changed outside Terraform, on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from infra.plan.details import Detail
from infra.plan.model import STAND_IN
from infra.plan.reach import Reach
from infra.plan.values import thawed
from infra.release.adopt import Existing
from infra.release.drift import ADVICE_CHANGED, ADVICE_GONE, ADVICE_STRANGER, Drift
from infra.report.facts import STAND_IN_WORDS, Told, printable
from infra.report.terminal import change_lines


def render(drift: Drift, *, verbose: bool = False) -> RenderableType:
    """Anything that rich can print; `verbose` shows every diff whole."""
    return Group(*_parts(drift, verbose))


def as_dict(drift: Drift) -> dict[str, Any]:
    """The same for a program; sensitive values are marks, as everywhere."""
    return {
        "environment": drift.environment,
        "provider": drift.provider,
        "drift": bool(drift.details or drift.strangers),
        "changed": [_detail(one) for one in drift.changed],
        "gone": [_detail(one) for one in drift.gone],
        "unmanaged": [_stranger(one) for one in drift.strangers],
        "advice": {"changed": ADVICE_CHANGED, "gone": ADVICE_GONE, "unmanaged": ADVICE_STRANGER},
    }


def _parts(drift: Drift, verbose: bool) -> Iterator[RenderableType]:
    yield Text(printable(f"Drift of {drift.environment}: the target against the state"), "bold")
    if drift.provider == STAND_IN:
        yield Text(STAND_IN_WORDS, "magenta")
    if not drift.details and not drift.strangers:
        yield Text("none: nothing was changed outside Terraform", "bold green")
        return
    for title, found, advice in (
        ("Changed by hand", drift.changed, ADVICE_CHANGED),
        ("Deleted by hand", drift.gone, ADVICE_GONE),
    ):
        if found:
            yield from ("", Text(title, "bold yellow"))
            for one in found:
                yield from change_lines(Told(_headlined(one), Reach(), ()), verbose)
            yield _advice(advice)
    if drift.strangers:
        yield from ("", Text("There, and not managed", "bold yellow"))
        for stranger in drift.strangers:
            yield Text.assemble(("? ", "bold yellow"), printable(stranger_line(stranger)))
        yield _advice(ADVICE_STRANGER)


def _headlined(detail: Detail) -> Detail:
    """Of what is gone, the headline is enough: its text is in the last release's record."""
    if detail.change.after is not None:
        return detail
    return replace(detail, headline=f"was {detail.headline}", words=(), columns=(), diffs=())


def stranger_line(one: Existing) -> str:
    """What it is, and its id."""
    return f"{one.type.removeprefix('google_').replace('_', ' ')}  {one.identity}"


def _advice(text: str) -> Text:
    return Text.assemble(("    do: ", "dim"), text)


def _detail(one: Detail) -> dict[str, Any]:
    change = one.change
    return {
        "stack": change.stack,
        "address": change.address,
        "headline": one.headline,
        "words": list(one.words),
        "arguments": list(one.arguments),
        "columns": [
            {"path": column.path, "kind": column.kind.value, "before": column.before, "after": column.after}
            for column in one.columns
        ],
        "diffs": [{"title": diff.title, "lines": list(diff.lines)} for diff in one.diffs],
        "before": thawed(change.before),
        "after": thawed(change.after),
    }


def _stranger(one: Existing) -> dict[str, Any]:
    return {"type": one.type, "key": list(one.key), "id": one.identity}
