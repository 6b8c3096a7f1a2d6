"""The cdktf entry point named by cdktf.json: `python -m infra.app` writes every stack to cdktf.out/stacks/.

Names come from EROS_PROJECT_ID, EROS_DATASET and EROS_LOCATION. No cloud is contacted.
"""

from __future__ import annotations

import sys
from typing import Any

from infra import cdk
from infra.errors import InfraError, UsageError
from infra.stacks import warehouse
from sql import SqlError, SqlSettings


def main() -> int:
    """Synthesise all stacks; returns the exit code of infra.errors, having said on stderr what went wrong."""
    try:
        synthesise(_settings())
    except InfraError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def synthesise(settings: SqlSettings) -> None:
    """Declare every stack and write them all. Raises UsageError when cdktf or Node is missing."""
    app = cdk.App()
    _declare_warehouse(app, settings)
    app.synth()


def _declare_warehouse(app: Any, settings: SqlSettings) -> None:
    stack = cdk.TerraformStack(app, warehouse.NAME)
    provider = cdk.TerraformProvider(
        stack,
        "google",
        terraform_resource_type="google",
        terraform_provider_source=warehouse.PROVIDER_SOURCE,
        terraform_generator_metadata=cdk.TerraformProviderGeneratorMetadata(
            provider_name="google", provider_version_constraint=warehouse.PROVIDER_VERSION
        ),
    )
    cdk.fill(provider, warehouse.provider_config(settings))
    dataset = cdk.TerraformResource(stack, "dataset", terraform_resource_type=warehouse.DATASET_TYPE, provider=provider)
    cdk.fill(dataset, warehouse.dataset_config(settings))


def _settings() -> SqlSettings:
    try:
        return SqlSettings.from_env()
    except SqlError as error:
        raise UsageError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
