"""Between a synthesis and its folder: what would lose something of the last release is refused, the rest moves in."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from infra.errors import RefusedError
from infra.records import last_release
from infra.stacks.base import STACKS
from infra.stacks.regressions import regressions


def refuse_regressions(synthesised: Path, home: Path, environment: str, stacks: tuple[str, ...] = STACKS) -> None:
    """Compare a folder of synthesised stacks with the environment's last complete release, if there was one.

    Raises RefusedError naming every address, its rule, the reason and what to do.
    """
    release = last_release(home, environment)
    if release is None:
        return
    before = {name: old for name in stacks if (old := release.synthesised(name)) is not None}
    after = {name: json.loads((synthesised / "stacks" / name / "cdk.tf.json").read_text("utf-8")) for name in stacks}
    found = regressions(before, after)
    if found:
        raise RefusedError(
            f"release {release.number} of {environment} would lose something: nothing was synthesised",
            where=str(release.folder),
            why="\n  ".join(["", *(str(one) for one in found)]),
            fix="mend what is named above; a release is undone by an older one, never by leaving things out",
        )


def replace_files(out: Path, synthesised: Path) -> None:
    """Move each synthesised file into place; a stack's plugins, plans and lock file stay where they are."""
    for path in sorted(synthesised.rglob("*.json")):
        target = out / path.relative_to(synthesised)
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving = target.with_suffix(f".{os.getpid()}.tmp")
        shutil.copyfile(path, arriving)
        os.replace(arriving, target)
