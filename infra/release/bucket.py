"""The releases in the state's bucket: what leads back survives the machine that deployed.

    gs://<bucket>/eros/<environment>/releases/0007/
        content.tar.gz   everything of the local folder but record, logs and binary plans; its writer has the number
        begun.json       the record as applying began: it stays the record of a release whose machine died
        release.json     the record as it ended

Nothing is ever overwritten: every write asks for generation 0.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from infra.errors import ConflictError, InfraError
from infra.records import (
    RECORD_FILE,
    Release,
    begin,
    finish,
    last_release,
    next_number,
    read_record,
    releases,
    releases_folder,
    write_json,
)
from infra.release.site import Site

CONTENT, BEGUN, ENDED = "content.tar.gz", "begun.json", RECORD_FILE
_NAME = re.compile(r"([0-9]{4,})/([a-z.]+)")
_LEFT_OUT = ("logs",)
_TRIES = 20


@dataclass(frozen=True)
class Shelf:
    """One environment's releases in its bucket."""

    site: Site

    def numbers(self) -> dict[int, set[str]]:
        """What is there: the files of each number."""
        found: dict[int, set[str]] = {}
        prefix, place = f"{self._prefix}/", f"b/{self.site.environment.bucket}/o"
        for one in self.site.rest.pages("storage", place, "items", prefix=prefix):
            match = _NAME.fullmatch(str(one["name"]).removeprefix(prefix))
            if match is not None:
                found.setdefault(int(match[1]), set()).add(match[2])
        return found

    def begin(self, staged: Path, release: Release) -> Release:
        """Take the next number, in the bucket and here, and keep the content in both before anything is applied."""
        data = pack(staged)
        draft = replace(release, content=hashlib.sha256(data).hexdigest())
        number = next_number(self.site.home, self.site.name, self.numbers())
        for _ in range(_TRIES):
            if self._keep(number, CONTENT, data):
                break
            number += 1
        else:
            raise ConflictError("no number for this release could be had", where=self._where(number))
        begun = replace(draft, number=number, outcome="interrupted")
        self._keep(number, BEGUN, _json({**begun.as_dict(), "folder": ""}))
        return begin(staged, begun)

    def finish(self, release: Release) -> Release:
        """Store what became of the release, here and in the bucket."""
        done = finish(release)
        if not self._keep(release.number, ENDED, _json({**release.as_dict(), "folder": ""})):
            raise ConflictError(
                f"the record of release {release.number} is in the bucket already, and is another one",
                where=self._where(release.number),
                why="a record is never overwritten; the one of this machine is in its own folder",
            )
        return done

    def records(self) -> dict[int, Release]:
        """The record of each release in the bucket; one that never ended is told as it began."""
        return dict(self._records())

    def fetch(self, release: Release) -> Release:
        """The release with its folder on this machine; brought from the bucket unless it is here.

        Raises InfraError when it is in neither, or when what comes is not what was kept.
        """
        if (release.folder / RECORD_FILE).is_file():
            return release
        data = self._read(release.number, CONTENT)
        if data is None:
            raise InfraError(
                f"release {release.number} is neither here nor in the bucket", where=self._where(release.number)
            )
        if release.content and hashlib.sha256(data).hexdigest() != release.content:
            raise InfraError(
                f"the content of release {release.number} is not what was kept",
                where=self._where(release.number),
                why="its SHA-256 differs from the record's",
                fix="roll back to another release",
            )
        beside = release.folder.parent / f".fetched-{release.number:04d}-{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        unpack(data, beside)
        write_json(beside / RECORD_FILE, release.as_dict())
        os.rename(beside, release.folder)
        return release

    def catch_up(self) -> list[int]:
        """Bring the newest complete release and what came after it, so that this machine knows what is deployed.

        Records that this machine could not hand in when it ended are handed in now. Returns the numbers that came.
        """
        here = {one.number: one for one in releases(self.site.home, self.site.name)}
        there = self.numbers()
        for number, files in there.items():
            mine = here.get(number)
            if BEGUN in files and ENDED not in files and mine is not None and mine.outcome != "interrupted":
                self._keep(number, ENDED, _json({**mine.as_dict(), "folder": ""}))
        newest = last_release(self.site.home, self.site.name)
        least = newest.number if newest else 0
        missing = {number: one for number, one in self._records(least) if number not in here}
        complete = [number for number, one in missing.items() if one.outcome == "complete"]
        wanted = [number for number in sorted(missing) if number >= max(complete, default=least)]
        for number in wanted:
            self.fetch(missing[number])
        return wanted

    @property
    def _prefix(self) -> str:
        return f"{self.site.environment.state_prefix('releases')}"

    def _records(self, above: int = 0) -> Iterator[tuple[int, Release]]:
        for number, files in sorted(self.numbers().items()):
            if number <= above or BEGUN not in files:
                continue
            name = ENDED if ENDED in files else BEGUN
            text = self._read(number, name)
            try:
                found: dict[str, Any] = json.loads(text or b"")
            except ValueError as error:
                raise InfraError("a release's record is damaged", where=self._where(number), why=str(error)) from error
            yield number, read_record(found, releases_folder(self.site.home, self.site.name) / f"{number:04d}")

    def _keep(self, number: int, name: str, data: bytes) -> bool:
        """Write what must not exist yet; whether it is there now as it was meant."""
        made = self.site.rest.upload(self.site.environment.bucket, f"{self._prefix}/{number:04d}/{name}", data, 0)
        return made is not None or self._read(number, name) == data

    def _read(self, number: int, name: str) -> bytes | None:
        path = quote(f"{self._prefix}/{number:04d}/{name}", safe="")
        return self.site.rest.content("storage", f"b/{self.site.environment.bucket}/o/{path}", alt="media")

    def _where(self, number: int) -> str:
        return f"gs://{self.site.environment.bucket}/{self._prefix}/{number:04d}"


def known(site: Site, shelf: Shelf | None) -> tuple[tuple[Release, str], ...]:
    """Every release, oldest first, and where it lies: "here", "bucket", or "here, bucket".

    Where both have a record the one that ended counts. Without a shelf only this machine is asked.
    """
    here = {one.number: one for one in releases(site.home, site.name)}
    there = shelf.records() if shelf is not None else {}
    found = []
    for number in sorted({*here, *there}):
        both = [one for one in (here.get(number), there.get(number)) if one is not None]
        ended = [one for one in both if one.outcome != "interrupted"]
        places = [name for name, some in (("here", here), ("bucket", there)) if number in some]
        found.append(((ended or both)[0], ", ".join(places)))
    return tuple(found)


def pack(folder: Path) -> bytes:
    """The folder as one file: the same bytes for the same content."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            inside = path.relative_to(folder)
            if inside.parts[0] in _LEFT_OUT or inside.name == RECORD_FILE or inside.suffix == ".tfplan":
                continue
            data = path.read_bytes()
            about = tarfile.TarInfo(inside.as_posix())
            about.size, about.mode = len(data), 0o644
            tar.addfile(about, io.BytesIO(data))
    return out.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Write the files below the folder. Raises InfraError for a name that would lie elsewhere."""
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        for about in tar:
            name = PurePosixPath(about.name)
            file = tar.extractfile(about) if about.isfile() else None
            if file is None or name.is_absolute() or ".." in name.parts:
                raise InfraError("a release's content is not one of ours", where=about.name)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read())


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
