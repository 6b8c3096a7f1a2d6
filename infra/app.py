"""The cdktf entry point named by cdktf.json: `python -m infra.app` writes every stack below cdktf.out/stacks/.

EROS_ENVIRONMENT says which environment is meant (local, dev, staging, prod), CDKTF_OUTDIR where to write. The local one
needs nothing set up: its server is started, and a provider is put under each stack's own plugin folder. Nothing is
written when the last release would lose an address, a column or a protection: exit code 3 of infra.errors.
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from infra import cdk, local_target
from infra.catalog.deployed import read_deployed
from infra.environments import Environment, load_environment
from infra.errors import InfraError, UsageError
from infra.rendered import rendered_objects, rendered_schedules
from infra.settings import Settings, load_settings
from infra.stacks import automation, guardrails, observability, state, warehouse
from infra.stacks.base import PROVIDER_VERSION, open_stack
from infra.stacks.released import refuse_regressions, replace_files
from sql import SqlError


def main() -> int:
    """Synthesise all stacks; returns the exit code, having said on stderr what went wrong."""
    try:
        settings = load_settings()
        write(load_environment(settings=settings), out_folder(), settings)
    except (InfraError, SqlError) as error:
        said = error if isinstance(error, InfraError) else UsageError(str(error))
        print(f"error: {said}", file=sys.stderr)
        return said.exit_code
    return 0


def out_folder() -> Path:
    """Where the stacks are written: cdktf's own variable, else cdktf.out."""
    return Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")


def write(environment: Environment, out: Path, settings: Settings) -> None:
    """Synthesise beside the folder, compare with the last release, and only then replace what is in it.

    Raises RefusedError when that release would lose something, UsageError when cdktf or Node is missing.
    """
    with tempfile.TemporaryDirectory(prefix="eros-synth-") as beside:
        synthesise(environment, Path(beside))
        refuse_regressions(Path(beside), settings.home, environment.id, environment.stacks)
        replace_files(out, Path(beside))
    if environment.is_local:
        local_target.prepare(environment, settings, out, PROVIDER_VERSION)


def synthesise(environment: Environment, out: Path) -> None:
    """Declare every stack, in the order in which they are applied, and write them all. Contacts nobody."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        started = beside.submit(cdk.start)
        objects = read_deployed(rendered_objects(environment.sql), environment.sql)
        scripts = rendered_schedules(environment.sql)
        started.result()

    app = cdk.App(outdir=str(out))
    stacks = {name: open_stack(app, environment, name) for name in environment.stacks}
    for earlier, later in pairwise(environment.stacks):
        stacks[later].add_dependency(stacks[earlier])

    warehouse.declare(stacks["warehouse"], environment, objects)
    automation.declare(stacks["automation"], environment, scripts)
    if environment.pull_request is None:
        state.declare(stacks["state"], environment)
        guardrails.declare(stacks["guardrails"], environment)
        observability.declare(stacks["observability"], environment)

    app.synth()


if __name__ == "__main__":
    sys.exit(main())
