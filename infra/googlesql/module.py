"""The compiled WebAssembly module, once per machine: compiling takes about 15 s and 1 GB, loading it again .01 s."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.googlesql import door

try:
    import fcntl
except ImportError:  # Windows: without the lock, processes that start together compile side by side
    fcntl = None  # type: ignore[assignment]


def cache_folder() -> Path:
    """Where compiled modules are kept: $XDG_CACHE_HOME/eros, by default ~/.cache/eros."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".cache") / "eros"


def compiled(cache: Path | None = None) -> tuple[Any, Any]:
    """(engine, module) of wasmtime, from the cache or compiled into it.

    A file that another wasmtime wrote, or that is damaged, is made again. Where nothing can be written the module is
    compiled each time.
    """
    configuration = door.wasmtime.Config()
    configuration.shared_memory = True
    engine = door.wasmtime.Engine(configuration)
    source = Path(door.wasi.get_wasm_path())
    file = (cache or cache_folder()) / f"googlesql-{_key(source)}.cwasm"
    module = _loaded(engine, file)
    if module is not None:
        return engine, module
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(file.with_suffix(".lock")):
            return engine, _loaded(engine, file) or _compile(engine, source, file)
    except OSError as error:
        print(f"GoogleSQL: {file.parent} cannot be written ({error}), so it is compiled each time", file=sys.stderr)
        return engine, door.wasmtime.Module.from_file(engine, str(source))


def _key(source: Path) -> str:
    """Names what a compiled module depends on, so that no version loads another's."""
    parts = (version("zetasql"), str(source.stat().st_size), version("wasmtime"), sys.platform, os.uname().machine)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _loaded(engine: Any, file: Path) -> Any | None:
    if not file.is_file():
        return None
    try:
        return door.wasmtime.Module.deserialize_file(engine, str(file))
    except door.wasmtime.WasmtimeError:
        return None


def _compile(engine: Any, source: Path, file: Path) -> Any:
    """Written beside and renamed: whoever loads the file while it is made sees the old one or the whole new one."""
    print(f"GoogleSQL: compiling its analyser into {file}, once (about 15 s and 1 GB)", file=sys.stderr)
    module = door.wasmtime.Module.from_file(engine, str(source))
    handle, beside = tempfile.mkstemp(dir=file.parent, prefix=file.stem, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(module.serialize())
        os.replace(beside, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
    return module


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Processes that start together wait for the first one's module instead of compiling each its own."""
    with path.open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
