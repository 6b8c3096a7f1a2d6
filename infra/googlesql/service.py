"""GoogleSQL's local service: one WebAssembly instance, called with protocol messages.

Not thread-safe: one instance serves one call at a time, under a lock. A failed CHECK in the C++ code ends an instance;
it is then dropped, and the next call starts another.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import re
import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infra.googlesql import door
from infra.googlesql.module import compiled

_PLACE = re.compile(r" \[at (\d+):(\d+)\]")
_STATUS = re.compile(r"Code: (\d+), Message: ", re.DOTALL)
INVALID_ARGUMENT, UNIMPLEMENTED, INTERNAL = 3, 12, 13


class GoogleSqlError(Exception):
    """What GoogleSQL says of a text. ``code`` is its canonical status: 3 when the text is wrong, 11 out of range."""

    def __init__(self, code: int, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.line, self.column = code, message, line, column

    @classmethod
    def from_text(cls, text: str) -> GoogleSqlError:
        """Read "Code: 3, Message: Unrecognized name: x [at 1:8]"; line and column are those of the first place."""
        status = _STATUS.match(text)
        message = text[status.end() :] if status else text
        place = _PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        return cls(int(status[1]) if status else INTERNAL, _PLACE.sub("", message, count=1).strip(), line, column)

    def offset(self, text: str) -> int | None:
        """The place as a number of characters into the text that was given; None when the message names none."""
        if self.line is None or self.column is None:
            return None
        lines = text.split("\n")
        return sum(len(line) + 1 for line in lines[: self.line - 1]) + _position(lines[self.line - 1], self.column)


def _position(line: str, column: int) -> int:
    """GoogleSQL's columns count code points, and a tab up to the next multiple of eight."""
    at = 1
    for position, letter in enumerate(line):
        if at >= column:
            return position
        at += 8 - (at - 1) % 8 if letter == "\t" else 1
    return len(line)


class GoogleSqlCrash(GoogleSqlError):
    """The C++ code gave up on a text: that says nothing of whether the text is right."""


@dataclass
class _Instance:
    """A running WebAssembly instance. Its memory grows and may move, so an address holds until the next call only."""

    store: Any
    exports: Any
    number: int

    def run(self, function: str, *arguments: int) -> int:
        """Call an exported C function."""
        return int(self.exports[function](self.store, *arguments) or 0)

    def address(self, place: int) -> int:
        """Where a place of the instance's memory lies in ours."""
        return ctypes.addressof(self.exports["memory"].data_ptr().contents) + place

    def read(self, place: int, size: int) -> bytes:
        """A copy of a part of the instance's memory."""
        return ctypes.string_at(self.address(place), size)


class Service:
    """Calls of GoogleSQL's local service, by method name."""

    def __init__(self, cache: Path | None = None) -> None:
        self._engine, self._module = compiled(cache)
        self._instance: _Instance | None = None
        self._started = 0
        self._lock = threading.RLock()

    @property
    def generation(self) -> int:
        """Which instance answers now; what was registered with another one is gone."""
        with self._lock:
            return self._running().number

    def call(self, method: str, request: Any, response_type: Any) -> Any:
        """The answer. Raises GoogleSqlError with GoogleSQL's message, GoogleSqlCrash when the C++ code gives up."""
        with self._lock:
            instance = self._running()
            try:
                answer = self._exchange(instance, method, request.SerializeToString())
            except (door.wasmtime.WasmtimeError, door.wasmtime.Trap) as error:
                self._instance = None
                raise GoogleSqlCrash(INTERNAL, f"GoogleSQL's own code failed: {str(error).splitlines()[0]}") from error
        return response_type.FromString(answer)

    def register(self, catalog: Any) -> Registered:
        """Have a catalog kept by the service: building its functions anew for every call would cost 17 ms."""
        return Registered(self, catalog)

    def close(self) -> None:
        """Give everything back; the service cannot be used afterwards."""
        with self._lock:
            self._instance = self._module = self._engine = None

    def _running(self) -> _Instance:
        if self._instance is None:
            self._started += 1
            self._instance = self._start(self._started)
        return self._instance

    def _start(self, number: int) -> _Instance:
        wasi = door.wasmtime.WasiConfig()
        wasi.stderr_file = os.devnull
        wasi.preopen_dir(str(_zones()), "/usr/share/zoneinfo")
        store = door.wasmtime.Store(self._engine)
        store.set_wasi(wasi)
        linker = door.wasmtime.Linker(self._engine)
        linker.define_wasi()
        exports = linker.instantiate(store, self._module).exports(store)
        exports["_initialize"](store)
        return _Instance(store, exports, number)

    @staticmethod
    def _exchange(instance: _Instance, method: str, request: bytes) -> bytes:
        """One call: the request is copied in, the answer out, and both are freed."""
        source, size_at = instance.run("wasm_malloc", max(len(request), 1)), instance.run("wasm_malloc", 4)
        ctypes.memmove(instance.address(source), request, len(request))
        result = instance.run(f"ZetaSqlLocalService_{method}", source, len(request), size_at)
        if result:
            answer = instance.read(result, int.from_bytes(instance.read(size_at, 4), "little"))
        else:
            answer = instance.read(instance.run("wasm_get_last_error"), instance.run("wasm_get_last_error_size"))
        for place in (source, size_at, *([result] if result else [])):
            instance.run("wasm_free", place)
        if not result:
            raise GoogleSqlError.from_text(answer.decode())
        return answer


class Registered:
    """A catalog kept by the service; ``number`` names it in requests."""

    def __init__(self, service: Service, catalog: Any) -> None:
        self._service = service
        self._catalog = catalog
        self._generation, self._number = 0, 0

    @property
    def number(self) -> int:
        """What the running instance calls the catalog; an instance that does not know it yet is told of it."""
        if self._generation != self._service.generation:
            request = door.service.RegisterCatalogRequest(simple_catalog=self._catalog)
            self._number = self._service.call("RegisterCatalog", request, door.service.RegisterResponse).registered_id
            self._generation = self._service.generation
        return self._number

    def close(self) -> None:
        """Give its memory back."""
        if self._generation and self._generation == self._service.generation:
            request = door.service.UnregisterRequest(registered_id=self._number)
            self._service.call("UnregisterCatalog", request, door.empty.Empty)
            self._generation = 0


def _zones() -> Path:
    """The time zones of the tzdata package: the same on every machine."""
    spec = find_spec("tzdata")
    assert spec is not None and spec.submodule_search_locations, "tzdata is one of our dependencies"
    return Path(spec.submodule_search_locations[0]) / "zoneinfo"


@cache
def shared_service() -> Service:
    """One service for the whole process, closed at its end: wasmtime cannot clean up while Python shuts down."""
    service = Service()
    atexit.register(service.close)
    return service
