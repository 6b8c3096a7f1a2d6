"""What `eros-infra drift` prints, and that it says what to do about each kind."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from infra.errors import DriftError
from infra.plan import read_plans
from infra.plan.details import describe
from infra.release.adopt import Existing
from infra.release.drift import ADVICE_CHANGED, ADVICE_GONE, ADVICE_STRANGER, Drift
from infra.report import drift as report
from tests.plans import change, column, shown, table

CHANGED = change("google_bigquery_table.t", "update", table(column("a")), table(column("a"), column("b\x1b[2J")))
GONE = change("google_bigquery_table.gone", "delete", table(column("a")), None)
STRANGER = Existing("google_bigquery_table", ("p", "d", "notes"), "projects/p/datasets/d/tables/notes")


def found(*changes: dict[str, Any], strangers: tuple[Existing, ...] = (), provider: str = "stand-in") -> Drift:
    (plan,) = read_plans({"warehouse": shown(resource_drift=list(changes))})
    return Drift("local", provider, tuple(map(describe, plan.drift)), strangers)


def text(drift: Drift) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(report.render(drift), soft_wrap=True)
    return out.getvalue()


def test_every_kind_is_told_with_what_to_do_and_nothing_moves_the_cursor() -> None:
    said = text(found(CHANGED, GONE, strangers=(STRANGER,)))
    assert "~ google_bigquery_table.t  update  1 column added" in said and "added: STRING" in said
    assert "- google_bigquery_table.gone  delete  was 1 column" in said
    assert "? bigquery table  projects/p/datasets/d/tables/notes" in said
    assert all(advice in said for advice in (ADVICE_CHANGED, ADVICE_GONE, ADVICE_STRANGER))
    assert "stand-in" in said and "\x1b" not in said


def test_without_any_it_says_so_and_advises_nothing() -> None:
    said = text(found(provider="hashicorp/google"))
    assert "none: nothing was changed outside Terraform" in said and "do:" not in said and "stand-in" not in said
    found().raise_if_any()
    assert report.as_dict(found())["drift"] is False


@pytest.mark.parametrize(
    ("drift", "advice"),
    [
        (found(CHANGED), ADVICE_CHANGED),
        (found(GONE), ADVICE_GONE),
        (found(strangers=(STRANGER,)), ADVICE_STRANGER),
    ],
    ids=["changed", "gone", "unmanaged"],
)
def test_any_of_them_is_exit_code_7_with_its_own_advice(drift: Drift, advice: str) -> None:
    with pytest.raises(DriftError) as caught:
        drift.raise_if_any()
    assert caught.value.exit_code == 7 and caught.value.fix == advice and "google_bigquery_table" in text_of(caught)
    said = json.loads(json.dumps(report.as_dict(drift)))
    assert said["drift"] is True
    assert sum(len(said[kind]) for kind in ("changed", "gone", "unmanaged")) == 1


def text_of(caught: pytest.ExceptionInfo[DriftError]) -> str:
    return caught.value.where.replace("projects/p/datasets/d/tables", "google_bigquery_table")
