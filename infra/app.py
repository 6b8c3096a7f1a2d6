"""The cdktf entry point named by cdktf.json: `python -m infra.app` writes every stack below cdktf.out/stacks/.

EROS_ENVIRONMENT says which environment is meant (local, dev, staging, prod), CDKTF_OUTDIR where to write. The local one
needs nothing set up: its server is started, and a provider is put under each stack's own plugin folder. Nothing is
written when the last release would lose an address, a column or a protection: exit code 3 of infra.errors.
"""

from __future__ import annotations

import os
import shutil
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
from infra.stacks.base import PROVIDER_VERSION, STACKS, open_stack
from infra.stacks.released import refuse_regressions
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
        refuse_regressions(Path(beside), settings.home, environment.name)
        _replace(out, Path(beside))
    if environment.is_local:
        local_target.start_server(settings)
        for name in STACKS:
            local_target.install_provider(out / "stacks" / name, PROVIDER_VERSION)
        _adopt_what_exists(environment, out)


def synthesise(environment: Environment, out: Path) -> None:
    """Declare every stack, in the order in which they are applied, and write them all. Contacts nobody."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        started = beside.submit(cdk.start)
        objects = read_deployed(rendered_objects(environment.sql), environment.sql)
        scripts = rendered_schedules(environment.sql)
        started.result()

    app = cdk.App(outdir=str(out))
    stacks = {name: open_stack(app, environment, name) for name in STACKS}
    for earlier, later in pairwise(STACKS):
        stacks[later].add_dependency(stacks[earlier])

    state.declare(stacks["state"], environment)
    warehouse.declare(stacks["warehouse"], environment, objects)
    automation.declare(stacks["automation"], environment, scripts)
    guardrails.declare(stacks["guardrails"], environment)
    observability.declare(stacks["observability"], environment)

    app.synth()


def _adopt_what_exists(environment: Environment, out: Path) -> None:
    """Write import blocks for what the local cloud has, so that cdktf-cli's own deploy can take over what a demo made.

    A block does nothing for what is in the state already, and `eros-infra` writes its own before it plans.
    """
    from infra import gcloud
    from infra.release import adopt, survey, synthesised
    from infra.terraform import write_imports

    found = {name: synthesised.read_stack(out, name) for name in STACKS}
    declared = {name: synthesised.wanted(name, stack, environment.project) for name, stack in found.items()}
    rest = gcloud.rest(environment.project, environment.endpoint)
    existing = survey.survey(rest, [one for wanted in declared.values() for one in wanted])
    for name, wanted in declared.items():
        write_imports(synthesised.stack_folder(out, name), adopt.adoptions(wanted, existing, {}))


def _replace(out: Path, synthesised: Path) -> None:
    """Move each synthesised file into place; a stack's plugins, plans and lock file stay where they are."""
    for path in sorted(synthesised.rglob("*.json")):
        target = out / path.relative_to(synthesised)
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving = target.with_suffix(f".{os.getpid()}.tmp")
        shutil.copyfile(path, arriving)
        os.replace(arriving, target)


if __name__ == "__main__":
    sys.exit(main())
