"""`eros analyze` as a person types it: for people, as JSON, and when it is asked for what is not there."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.eros import Eros

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "performance_report.schema.json"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small agency, of which `new_page` has never sent."""
    folder = tmp_path_factory.mktemp("sample")
    size = ("--pages", 3, "--captions", 300, "--messages", 900, "--until", "2026-01-14")
    assert Eros(folder)("sample-data", "--out", folder, *size).code == 0
    with (folder / "creators.csv").open("a", encoding="utf-8") as file:
        file.write("new_page,New Page,true,,\n")
    return folder


@pytest.fixture(scope="module")
def eros(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eros]:
    """A home with a running server that knows the agency."""
    eros = Eros(tmp_path_factory.mktemp("home"))
    assert eros("local", "up", program="eros-infra").code == 0
    imported = eros("import", sample)
    assert imported.code == 0, imported.err
    yield eros
    eros("local", "down", program="eros-infra")


@pytest.fixture(scope="module")
def page(sample: Path) -> str:
    """The page that has sent most."""
    with (sample / "messages.csv").open(encoding="utf-8", newline="") as file:
        [(page, _)] = Counter(row["page_name"] for row in csv.DictReader(file)).most_common(1)
    return page


def test_people_get_a_page_of_words_without_colour_in_a_pipe(eros: Eros, page: str) -> None:
    answer = eros("analyze", page)
    assert answer.code == 0, answer.err
    first, second, *rest = answer.out.splitlines()
    assert first.startswith(page) and "2026-01-14 12:00 -0800, 90 days" in first
    assert "week of 2026-01-19:" in second
    assert any(line.startswith("What sells") for line in rest)
    assert any(line.startswith("Best hours") for line in rest)
    assert "\x1b" not in answer.out and "…" not in answer.out


def test_programs_get_the_report_itself(eros: Eros, page: str) -> None:
    answer = eros("analyze", page, "--json", "--lookback-days", 30, "--as-of", "2026-01-10T12:00:00-08:00")
    assert answer.code == 0, answer.err
    report = answer.json
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(report)
    assert (report["page_name"], report["lookback_days"]) == (page, 30)
    assert report["analysis_timestamp"] == "2026-01-10T12:00:00-08:00"
    assert report["recommended_week"] == "2026-01-12"


def test_a_page_without_history_is_analysed_too(eros: Eros) -> None:
    answer = eros("analyze", "new_page")
    assert answer.code == 0, answer.err
    assert "New Page" in answer.out and "Nothing was sent in the last 90 days" in answer.out


def test_an_unknown_page_ends_with_2_and_names_its_like(eros: Eros, page: str) -> None:
    answer = eros("analyze", page[:-1])
    assert (answer.code, answer.out) == (2, "")
    assert f"did you mean {page}" in answer.err
    told = eros("analyze", "new-page", "--json")
    assert (told.code, told.json["kind"]) == (2, "UsageError")
    assert told.json["fix"] == "did you mean new_page?"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--as-of", "yesterday"), "--as-of is not an instant"),
        (("--as-of", "2026-01-10T12:00:00"), "--as-of has no offset"),
        (("--as-of", "1999-12-31T23:59:59Z"), "--as-of is out of range"),
        (("--lookback-days", "0"), "--lookback-days"),
        (("--lookback-days", "4000"), "a look-back of 4000 days cannot be"),
    ],
)
def test_a_question_that_cannot_be_ends_with_2(eros: Eros, page: str, options: tuple[str, ...], word: str) -> None:
    answer = eros("analyze", page, *options)
    assert (answer.code, answer.out) == (2, "")
    assert word in answer.err
