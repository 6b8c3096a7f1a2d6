"""What would be taken over, on a terminal and as JSON: the plan as everywhere, and what is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from infra.gate import Review
from infra.release.adoption_report import Adoption
from infra.report import json as plan_json
from infra.report import terminal
from infra.report.drift import stranger_line
from infra.report.facts import printable


def render(found: Adoption, review: Review, *, verbose: bool = False) -> RenderableType:
    """Anything that rich can print."""
    return Group(terminal.render(review, found.outcome.phases, verbose=verbose), *_parts(found))


def as_json(found: Adoption, review: Review) -> str:
    """The document, indented."""
    said = {**found.as_dict(), "plan": plan_json.as_dict(review, found.outcome.phases)}
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def _parts(found: Adoption) -> Iterator[RenderableType]:
    if found.not_ours:
        yield from ("", Text(f"In {found.dataset} and around it, not ours: left as it is", "bold"))
        for one in found.not_ours:
            yield Text.assemble(("  ? ", "yellow"), printable(stranger_line(one)))
    count = sum(map(len, found.adopted.values()))
    yield from ("", Text(f"{count} objects would be taken over; nothing was changed", "bold"))
    for stack, path in found.files.items():
        yield Text(f"  import blocks of {stack}: {path}")
