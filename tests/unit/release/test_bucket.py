"""What is kept of a release beside this machine: whole, once, by one writer, and enough to go on from elsewhere."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from infra.errors import ConflictError, InfraError
from infra.records import Release, last_release, releases, stage, write_json
from infra.release.bucket import Shelf, known, pack, unpack
from tests.unit.release.played import Storage, World


def draft(shelf: Shelf, **about: object) -> tuple[Path, Release]:
    site = shelf.site
    staged = stage(site.home, site.name, "staged")
    write_json(staged / "stacks" / "warehouse" / "cdk.tf.json", {"resource": {"t": {"a": {}}}})
    write_json(staged / "plans" / "warehouse.json", {"resource_changes": []})
    (staged / "plans" / "warehouse.tfplan").write_text("binary")
    write_json(staged / "logs" / "warehouse.jsonl", {})
    found = Release(0, "local", "interrupted", staged, "r0123456789ab", "2026-01-14T20:00:00+00:00", who="ann@a")
    return staged, replace(found, stacks=("warehouse",), **about)  # type: ignore[arg-type]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(World(tmp_path / "home").site)


def elsewhere(shelf: Shelf, home: Path) -> Shelf:
    """Another machine that sees the same bucket."""
    return Shelf(World(home, storage=shelf.site.world.storage).site)  # type: ignore[attr-defined]


def storage(shelf: Shelf) -> Storage:
    return shelf.site.world.storage  # type: ignore[attr-defined, no-any-return]


def names(shelf: Shelf) -> list[str]:
    return [name.removeprefix("eros/local/releases/") for name in sorted(storage(shelf).objects)]


def test_content_and_first_record_are_there_before_it_is_a_release_and_the_last_record_when_it_ends(
    shelf: Shelf,
) -> None:
    begun = shelf.begin(*draft(shelf))
    assert names(shelf) == ["0001/begun.json", "0001/content.tar.gz"]
    assert [(one.number, one.outcome) for one, _ in known(shelf.site, shelf)] == [(1, "interrupted")]
    shelf.finish(replace(begun, outcome="complete"))
    assert names(shelf)[-1] == "0001/release.json"
    assert [(one.outcome, places) for one, places in known(shelf.site, shelf)] == [("complete", "here, bucket")]


def test_a_machine_that_died_left_its_record_and_its_content_in_the_bucket(shelf: Shelf, tmp_path: Path) -> None:
    shelf.begin(*draft(shelf))
    other = elsewhere(shelf, tmp_path / "other")
    assert other.catch_up() == [1]
    (found,) = releases(other.site.home, "local")
    assert (found.outcome, found.who, found.synthesised("warehouse")) == (
        "interrupted", "ann@a", {"resource": {"t": {"a": {}}}},
    )  # fmt: skip
    assert found.plan("warehouse") == {"resource_changes": []}


def test_only_what_is_needed_comes_the_newest_complete_one_and_what_followed(shelf: Shelf, tmp_path: Path) -> None:
    for outcome in ("complete", "complete", "failed"):
        shelf.finish(replace(shelf.begin(*draft(shelf)), outcome=outcome))  # type: ignore[arg-type]
    other = elsewhere(shelf, tmp_path / "other")
    assert other.catch_up() == [2, 3] and other.catch_up() == []
    newest = last_release(other.site.home, "local")
    assert newest is not None and newest.number == 2
    first = other.fetch(other.records()[1])
    assert first.synthesised("warehouse") is not None
    assert [one.number for one in releases(other.site.home, "local")] == [1, 2, 3]


def test_machines_that_begin_at_once_never_share_a_number(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them looked before any of them wrote."""
    monkeypatch.setattr(Shelf, "numbers", lambda self: {})
    shelves = [elsewhere(shelf, tmp_path / str(one)) for one in range(4)]
    made: list[int] = []
    barrier = threading.Barrier(4)

    def begin(one: Shelf) -> None:
        # Each has its own content, as its own commit would give it.
        staged, release = draft(one)
        (staged / "who").write_text(str(one.site.home))
        barrier.wait()
        made.append(one.begin(staged, release).number)

    threads = [threading.Thread(target=begin, args=(one,)) for one in shelves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [1, 2, 3, 4]


def test_nothing_is_ever_overwritten(shelf: Shelf) -> None:
    begun = shelf.begin(*draft(shelf))
    shelf.finish(replace(begun, outcome="complete"))
    with pytest.raises(ConflictError, match="in the bucket already") as caught:
        shelf.finish(replace(begun, outcome="failed"))
    assert caught.value.exit_code == 5
    assert all(len(versions) == 1 for versions in storage(shelf).objects.values())
    assert shelf.records()[1].outcome == "complete"


def test_a_lost_answer_is_no_conflict(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write happened, its answer did not come, the client asked again: 412, and what is there is ours."""
    request = Storage.request

    def again(self: Storage, method: str, url: str, **about: object) -> object:
        answer = request(self, method, url, **about)
        return request(self, method, url, **about) if method == "POST" else answer

    monkeypatch.setattr(Storage, "request", again)
    done = shelf.finish(replace(shelf.begin(*draft(shelf)), outcome="complete"))
    assert done.number == 1 and shelf.records()[1].outcome == "complete"


def test_a_record_that_could_not_be_handed_in_is_handed_in_later(shelf: Shelf) -> None:
    from infra.records import finish

    finish(replace(shelf.begin(*draft(shelf)), outcome="failed", error="no network"))
    assert shelf.records()[1].outcome == "interrupted"
    shelf.catch_up()
    assert (shelf.records()[1].outcome, shelf.records()[1].error) == ("failed", "no network")


def test_content_that_is_not_what_was_kept_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    shelf.finish(replace(shelf.begin(*draft(shelf)), outcome="complete"))
    storage(shelf).write("eros/local/releases/0001/content.tar.gz", pack(tmp_path))
    other = elsewhere(shelf, tmp_path / "other")
    with pytest.raises(InfraError, match="is not what was kept"):
        other.catch_up()


def test_a_claim_without_a_record_is_no_release_and_its_number_is_not_used_again(shelf: Shelf) -> None:
    storage(shelf).write("eros/local/releases/0007/content.tar.gz", b"killed right after this")
    assert known(shelf.site, shelf) == ()
    assert shelf.begin(*draft(shelf)).number == 8


def test_packed_is_the_same_for_the_same_content_without_logs_records_and_binary_plans(
    shelf: Shelf, tmp_path: Path
) -> None:
    staged, _ = draft(shelf)
    (staged / "release.json").write_text("{}")
    data = pack(staged)
    assert pack(staged) == data
    unpack(data, tmp_path / "out")
    found = sorted(str(one.relative_to(tmp_path / "out")) for one in (tmp_path / "out").rglob("*") if one.is_file())
    assert found == ["plans/warehouse.json", "stacks/warehouse/cdk.tf.json"]


@pytest.mark.parametrize("name", ["../outside", "/etc/outside"])
def test_what_would_lie_outside_is_refused(tmp_path: Path, name: str) -> None:
    import io
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        about = tarfile.TarInfo(name)
        about.size = 1
        tar.addfile(about, io.BytesIO(b"x"))
    with pytest.raises(InfraError, match="not one of ours"):
        unpack(out.getvalue(), tmp_path / "in")
    assert not (tmp_path / "outside").exists()


def test_a_damaged_record_in_the_bucket_is_named(shelf: Shelf) -> None:
    storage(shelf).write("eros/local/releases/0001/begun.json", b"{")
    with pytest.raises(InfraError, match="damaged") as caught:
        shelf.records()
    assert caught.value.where.endswith("/eros/local/releases/0001")


def test_the_record_of_the_local_folder_does_not_name_this_machines_paths(shelf: Shelf) -> None:
    shelf.finish(replace(shelf.begin(*draft(shelf)), outcome="complete"))
    for name in ("begun.json", "release.json"):
        ((_, data),) = storage(shelf).objects[f"eros/local/releases/0001/{name}"]
        assert json.loads(data)["folder"] == "" and str(shelf.site.home) not in data.decode()
