"""What every stack shares: the provider, the place of its state, and the names of the five."""

from __future__ import annotations

from typing import Any

from infra import cdk
from infra.endpoints import ENDPOINTS, custom_endpoints
from infra.environments import STACKS as STACKS
from infra.environments import Environment

PROVIDER = "hashicorp/google"
PROVIDER_VERSION = "~> 6.50"
"""The newest series that cdktf's prebuilt google bindings were generated from."""
TERRAFORM_VERSION = ">= 1.9"
"""What infra.terraform needs of it."""
LOCAL_TOKEN = "local"
"""Any word will do as a token for the local cloud; it keeps the provider from looking for credentials."""


def open_stack(app: Any, environment: Environment, name: str) -> Any:
    """An empty stack with its provider and backend: Google's own, or those of the environment's endpoint."""
    stack = cdk.TerraformStack(app, name)
    arguments: dict[str, Any]
    backend: dict[str, Any] = {}
    if environment.endpoint is not None:
        arguments = {**custom_endpoints(environment.endpoint), "access_token": LOCAL_TOKEN}
        backend["access_token"] = LOCAL_TOKEN
    else:
        # Budgets and quota preferences are billed to the caller's project, not to that of gcloud's own client.
        arguments = {"user_project_override": True, "billing_project": environment.project}
    cdk.google.provider.GoogleProvider(
        stack,
        "google",
        project=environment.project,
        # A label of Terraform's own, put on at creation only, would never be there on what is adopted.
        add_terraform_attribution_label=False,
        **arguments,
    )
    cdk.GcsBackend(stack, bucket=environment.bucket, prefix=environment.state_prefix(name), **backend)
    if environment.endpoint is not None:
        endpoint = f"{environment.endpoint}{ENDPOINTS['storage']}"
        stack.add_override("terraform.backend.gcs.storage_custom_endpoint", endpoint)
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
    stack.add_override("terraform.required_providers.google", {"source": PROVIDER, "version": PROVIDER_VERSION})
    return stack


def labels(environment: Environment, component: str) -> dict[str, str]:
    """Labels of everything in a stack that can carry some."""
    return {**environment.labels, "component": component}


def kept() -> Any:
    """The lifecycle of what no plan may destroy."""
    return cdk.TerraformResourceLifecycle(prevent_destroy=True)
