"""The compiled module's cache, what happens when GoogleSQL's own code fails, and where a message points."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.googlesql import door, module
from infra.googlesql.catalog import builtin_catalog
from infra.googlesql.evaluator import Evaluator
from infra.googlesql.language import analyzer_options, language_options
from infra.googlesql.service import GoogleSqlCrash, GoogleSqlError, Service


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder, and a module that compiles in no time in the place of GoogleSQL's 28 MB."""
    source = tmp_path / "small.wasm"
    source.write_bytes(door.wasmtime.wat2wasm('(module (func (export "f")))'))
    monkeypatch.setattr(door.wasi, "get_wasm_path", lambda: source)
    return tmp_path / "cache"


def test_a_module_is_compiled_once(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module.compiled(small)
    assert capsys.readouterr().err.count("compiling") == 1
    monkeypatch.setattr(door.wasmtime.Module, "from_file", None)
    assert [export.name for export in module.compiled(small)[1].exports] == ["f"]
    assert capsys.readouterr().err == ""


def test_a_damaged_cache_is_made_again(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module.compiled(small)
    (file,) = small.glob("*.cwasm")
    file.write_bytes(file.read_bytes()[:100])
    assert [export.name for export in module.compiled(small)[1].exports] == ["f"]
    assert capsys.readouterr().err.count("compiling") == 2


def test_who_starts_together_compiles_once_and_leaves_nothing_behind(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert all(each[1] for each in pool.map(lambda _: module.compiled(small), range(4)))
    assert capsys.readouterr().err.count("compiling") == 1
    assert sorted(path.suffix for path in small.iterdir()) == [".cwasm", ".lock"]


def test_a_cache_that_cannot_be_written_is_named(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small.write_text("a file where the folder should be")
    assert module.compiled(small)[1].exports
    assert f"{small} cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "expected"), [("/somewhere", "/somewhere/eros"), ("", None), ("relative", None)])
def test_the_cache_is_the_user_s(monkeypatch: pytest.MonkeyPatch, given: str, expected: str | None) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert module.cache_folder() == Path(expected or Path.home() / ".cache" / "eros")


def test_a_crash_of_its_code_is_told_and_survived(service: Service) -> None:
    evaluator = Evaluator(service)
    assert evaluator.value("1 + 1") == 2
    before = service.generation
    language = language_options(service)
    catalog = builtin_catalog(language)
    procedure = catalog.procedure.add()  # a void result fails a CHECK in the C++ code
    procedure.name_path.append("p")
    procedure.signature.return_type.kind = door.kinds.ARG_TYPE_VOID
    request = door.service.AnalyzeRequest(
        options=analyzer_options(language), simple_catalog=catalog, sql_statement="CALL p()"
    )
    with pytest.raises(GoogleSqlCrash, match="GoogleSQL's own code failed"):
        service.call("Analyze", request, door.service.AnalyzeResponse)
    assert evaluator.value("1 + 1") == 2
    assert service.generation == before + 1


@pytest.mark.parametrize(
    ("text", "code", "message", "pointed_at"),
    [
        ("Code: 3, Message: Unrecognized name: b [at 1:8]", 3, "Unrecognized name: b", "b"),
        ("Code: 3, Message: Unrecognized name: c [at 2:3]", 3, "Unrecognized name: c", "c"),
        ("Code: 3, Message: Unrecognized name: d [at 3:9]", 3, "Unrecognized name: d", "d"),
        ("Code: 11, Message: division by zero: 1 / 0", 11, "division by zero: 1 / 0", None),
    ],
)
def test_a_message_points_into_the_text(text: str, code: int, message: str, pointed_at: str | None) -> None:
    source = "SELECT b,\né c,\n\td"
    error = GoogleSqlError.from_text(text)
    assert (error.code, error.message) == (code, message)
    offset = error.offset(source)
    assert (None if offset is None else source[offset]) == pointed_at


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from infra.errors import UsageError

    monkeypatch.setitem(door.EXPORTED, "wasmtime_of_nobody", "wasmtime_of_nobody")
    with pytest.raises(UsageError, match=r"pip install -e '\.\[dev\]'"):
        _: Any = door.wasmtime_of_nobody
