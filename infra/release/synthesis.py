"""Synthesis by a process of its own: cdktf starts Node and must not live on in a long-lived command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from infra.errors import EXIT_CODES, InfraError
from infra.processes import run
from infra.release.synthesised import STACKS, stack_folder


def synthesise(environment: str, home: Path, root: Path, out: Path) -> None:
    """Write every stack of the environment below `out`. Raises what `python -m infra.app` ended with."""
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
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        said=said,
        errors=errors,
    )
    if code:
        words = errors.read_text(encoding="utf-8", errors="replace").strip()
        raise EXIT_CODES.get(code, InfraError)(
            "the stacks were not synthesised", where=str(errors), why=words.removeprefix("error: ")[-3000:]
        )
    missing = [stack for stack in STACKS if not (stack_folder(out, stack) / "cdk.tf.json").is_file()]
    if missing:
        raise InfraError(f"the stacks {', '.join(missing)} were not synthesised", where=str(out))
