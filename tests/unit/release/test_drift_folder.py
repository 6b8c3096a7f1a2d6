"""Drift is looked for in a folder of its own, with what was deployed last and never with import blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.environments import load_environment
from infra.release import drift
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, stack_folder
from infra.settings import Settings
from infra.terraform import IMPORTS_FILE

BACKEND = {"gcs": {"storage_custom_endpoint": "http://127.0.0.1:1/storage/v1/"}}
STACK = {
    "terraform": {"backend": BACKEND, "required_providers": {"google": {"version": "~> 6.50"}}},
    "provider": {"google": [{"big_query_custom_endpoint": "http://127.0.0.1:1/bigquery/v2/"}]},
}


class Recorded:
    """A release of an older synthesis, made while the home was elsewhere."""

    def synthesised(self, stack: str) -> dict[str, Any]:
        return STACK


def site(home: Path) -> Site:
    settings = Settings(home=home, port=23456)
    return Site(load_environment("local", settings), settings, home, ("warehouse",), work=drift.FOLDER)


def never(_: Site) -> None:
    raise AssertionError("what was deployed last is recorded")


def test_what_was_deployed_last_is_compared_at_the_homes_own_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "last_release", lambda *_: Recorded())
    here = site(tmp_path)
    folder = stack_folder(here.out, "warehouse")
    assert folder.is_relative_to(tmp_path / "releases" / "local" / "drift")
    drift._configure(here, never)
    text = (folder / STACK_FILE).read_text()
    assert json.loads(text)["terraform"]["backend"]["gcs"]["storage_custom_endpoint"].startswith(
        "http://127.0.0.1:23456/"
    )
    assert "127.0.0.1:1/" not in text and not (folder / IMPORTS_FILE).exists()


def test_without_a_record_this_checkout_is_compared_and_nothing_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "last_release", lambda *_: None)
    here = site(tmp_path)
    folder = stack_folder(here.out, "warehouse")

    def synthesise(given: Site) -> None:
        assert given is here
        folder.mkdir(parents=True)
        (folder / IMPORTS_FILE).write_text("{}")

    drift._configure(here, synthesise)
    assert folder.is_dir() and not (folder / IMPORTS_FILE).exists()
