"""Synthesis by a process of its own: cdktf starts Node and must not live on in a long-lived command."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.errors import EXIT_CODES, InfraError
from infra.processes import run
from infra.release.synthesised import STACKS, stack_folder

_DETAIL = re.compile(r"(where|why|fix): ?")
_LONGEST = 3000


def synthesise(
    environment: str,
    home: Path,
    root: Path,
    out: Path,
    stacks: tuple[str, ...] = STACKS,
    given: Mapping[str, str] | None = None,
) -> None:
    """Write every stack of the environment below `out`. Raises what `python -m infra.app` ended with.

    `given` are variables that differ from this process's own.
    """
    out.mkdir(parents=True, exist_ok=True)
    said, errors = out / "synth.log", out / "synth.errors.log"
    code = run(
        [sys.executable, "-m", "infra.app"],
        folder=root,
        environment={
            **os.environ,
            "EROS_ENVIRONMENT": environment,
            "EROS_HOME": str(home),
            "CDKTF_OUTDIR": str(out),
            **(given or {}),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        said=said,
        errors=errors,
    )
    if code:
        raise _as_error(code, errors.read_text(encoding="utf-8", errors="replace"), errors)
    missing = [stack for stack in stacks if not (stack_folder(out, stack) / "cdk.tf.json").is_file()]
    if missing:
        raise InfraError(f"the stacks {', '.join(missing)} were not synthesised", where=str(out))


def _as_error(code: int, words: str, log: Path) -> InfraError:
    """The error that the process ended with, as it was there; whatever else it said is the reason."""
    kind = EXIT_CODES.get(code, InfraError)
    _, marked, told = words.rpartition("error: ")
    if not marked or code not in EXIT_CODES:
        return kind("the stacks were not synthesised", where=str(log), why=words.strip()[-_LONGEST:])
    what, *lines = told.strip().splitlines()
    details: dict[str, list[str]] = {}
    label = "why"
    for line in lines:
        found = _DETAIL.match(line)
        label = found[1] if found else label
        details.setdefault(label, []).append(line[found.end() :] if found else line)
    return kind(what, **{name: "\n".join(text).strip() for name, text in details.items()})
