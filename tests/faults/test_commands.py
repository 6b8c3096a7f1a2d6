"""Bad input and bad surroundings: a clear error, the documented exit code, nothing half-done."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.eros import Eros

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "old_export"


@pytest.fixture(scope="module")
def eros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eros]:
    """One home with a running server and the small old export in it."""
    ready = Eros(tmp_path_factory.mktemp("home"))
    assert ready("local", "up", program="eros-infra").code == 0
    assert ready("import", FIXTURE).code == 0
    yield ready
    ready("local", "down", program="eros-infra")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of the export to spoil."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "export"))


def test_a_missing_folder(eros: Eros, tmp_path: Path) -> None:
    answer = eros("import", tmp_path / "nowhere")
    assert answer.code == 2
    assert "nowhere" in answer.err


@pytest.mark.parametrize("name", ["creators.csv", "captions.csv", "messages.csv"])
def test_a_missing_file(eros: Eros, export: Path, name: str) -> None:
    (export / name).unlink()
    answer = eros("import", export)
    assert answer.code == 2
    assert name in answer.err


def test_an_empty_file(eros: Eros, export: Path) -> None:
    (export / "captions.csv").write_bytes(b"")
    answer = eros("import", export)
    assert answer.code == 2
    assert "captions.csv" in answer.err and "empty" in answer.err


def test_a_wrong_header(eros: Eros, export: Path) -> None:
    (export / "messages.csv").write_text("when,what\n2026-01-01,hello\n")
    answer = eros("import", export)
    assert answer.code == 2
    assert "messages.csv" in answer.err and "sending_time" in answer.err


def test_a_row_that_is_not_utf8_is_left_out_with_its_reason(eros: Eros, export: Path) -> None:
    path = export / "captions.csv"
    path.write_bytes(path.read_bytes() + b"99,caf\xe9,General,mid\n")
    answer = eros("import", export)
    assert answer.code == 0
    assert "is not UTF-8: byte 0xe9" in (eros.home / "rejected.csv").read_text(encoding="utf-8")


def test_a_header_that_is_not_utf8(eros: Eros, export: Path) -> None:
    path = export / "captions.csv"
    path.write_bytes(b"caf\xe9," + path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    answer = eros("import", export)
    assert answer.code == 2
    assert "captions.csv" in answer.err and "UTF-8" in answer.err


def test_a_bad_file_loads_nothing_of_the_good_ones(tmp_path: Path, export: Path) -> None:
    (export / "messages.csv").write_bytes(b"")
    fresh = Eros(tmp_path / "home")
    assert fresh("import", export).code == 2
    answer = fresh("run", "--week", "next")
    assert answer.code == 2
    assert "no active pages" in answer.err


def test_an_unknown_page(eros: Eros, tmp_path: Path) -> None:
    answer = eros("run", "--week", "next", "--page", "nobody_here", "--out", tmp_path)
    assert answer.code == 2
    assert "nobody_here" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("week", "word"),
    [("2026-01-20", "not a Monday"), ("2026-01-12", "has begun"), ("2025-12-29", "has begun"), ("soon", "not a date")],
)
def test_a_week_that_cannot_be_planned(eros: Eros, tmp_path: Path, week: str, word: str) -> None:
    answer = eros("run", "--week", week, "--out", tmp_path)
    assert answer.code == 2
    assert word in answer.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_mode(eros: Eros) -> None:
    answer = eros("run", "--week", "next", "--mode", "reckless")
    assert answer.code == 2
    assert "conservative" in answer.err


def test_an_unknown_schedule(eros: Eros, tmp_path: Path) -> None:
    answer = eros("export", "sched_20260119_nobody_v1", "--out", tmp_path / "x.csv")
    assert answer.code == 2
    assert not (tmp_path / "x.csv").exists()


def test_a_warehouse_in_other_hands(tmp_path: Path) -> None:
    """A second server on the same file is refused while the first one lives, and says who holds it."""
    first = Eros(tmp_path / "home")
    assert first("local", "up", program="eros-infra").code == 0
    try:
        (tmp_path / "home" / "server.json").unlink()
        answer = first("run", "--week", "next")
        assert answer.code == 5
        assert "error:" in answer.err
    finally:
        first("local", "down", program="eros-infra")


def test_a_port_in_other_hands(tmp_path: Path) -> None:
    home = Eros(tmp_path / "home")
    up = home("local", "up", "--json", program="eros-infra")
    port = urlsplit(up.json["url"]).port
    home("local", "down", program="eros-infra")
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        answer = home("run", "--week", "next")
    assert answer.code == 5
    assert str(port) in answer.err
