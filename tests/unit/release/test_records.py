"""A release is either wholly there or not there, and tells what it applied."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.errors import InfraError
from infra.records import (
    RECORD_FILE,
    Release,
    begin,
    finish,
    last_release,
    releases,
    releases_folder,
    stage,
    write_json,
)


def begun(home: Path, **about: object) -> Release:
    staged = stage(home, "local", "staged")
    write_json(staged / "stacks" / "warehouse" / "cdk.tf.json", {"resource": {"t": {"a": {}}}})
    write_json(staged / "plans" / "warehouse.json", {"resource_changes": []})
    draft = Release(0, "local", "interrupted", staged, "r0123456789ab", "2026-01-14T20:00:00+00:00")
    return begin(staged, replace(draft, stacks=("warehouse",), **about))  # type: ignore[arg-type]


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    assert last_release(tmp_path, "local") is None
    assert releases(tmp_path, "local") == ()


def test_a_release_counts_only_once_it_says_that_it_is_complete(tmp_path: Path) -> None:
    first = begun(tmp_path)
    assert (first.number, first.folder.name) == (1, "0001")
    assert [one.outcome for one in releases(tmp_path, "local")] == ["interrupted"]
    assert last_release(tmp_path, "local") is None
    finish(replace(first, outcome="complete", applied=("warehouse",)))
    found = last_release(tmp_path, "local")
    assert found is not None
    assert (found.number, found.applied, found.stacks) == (1, ("warehouse",), ("warehouse",))
    assert found.synthesised("warehouse") == {"resource": {"t": {"a": {}}}}
    assert found.plan("warehouse") == {"resource_changes": []}
    assert found.synthesised("nobody") is None


def test_the_last_release_is_the_last_complete_one(tmp_path: Path) -> None:
    finish(replace(begun(tmp_path), outcome="complete"))
    finish(replace(begun(tmp_path), outcome="failed", error="terraform apply failed"))
    begun(tmp_path)
    assert [(one.number, one.outcome) for one in releases(tmp_path, "local")] == [
        (1, "complete"),
        (2, "failed"),
        (3, "interrupted"),
    ]
    found = last_release(tmp_path, "local")
    assert found is not None and found.number == 1


def test_what_was_staged_and_never_began_is_no_release(tmp_path: Path) -> None:
    staged = stage(tmp_path, "local", "staged")
    write_json(staged / "gate.json", {"refused": True})
    assert releases(tmp_path, "local") == ()
    assert list(stage(tmp_path, "local", "staged").iterdir()) == []


def test_the_hundredth_hundred_sorts_by_number(tmp_path: Path) -> None:
    for number in (9999, 10000):
        folder = releases_folder(tmp_path, "local") / str(number)
        about = Release(number, "local", "complete", folder, "r", "2026-01-14T20:00:00+00:00")
        write_json(folder / RECORD_FILE, about.as_dict())
    found = last_release(tmp_path, "local")
    assert found is not None and found.number == 10000


@pytest.mark.parametrize("content", ["{", json.dumps({"number": 1})])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    folder = begun(tmp_path).folder
    (folder / RECORD_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(InfraError) as caught:
        releases(tmp_path, "local")
    assert str(folder / RECORD_FILE) in str(caught.value)


def test_a_record_of_a_newer_eros_is_read_for_what_is_known(tmp_path: Path) -> None:
    release = begun(tmp_path)
    write_json(release.folder / RECORD_FILE, {**release.as_dict(), "something_new": 1})
    assert releases(tmp_path, "local")[0].number == 1
