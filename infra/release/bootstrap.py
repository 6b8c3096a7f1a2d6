"""The one thing that must exist before the first plan: the bucket that keeps Terraform's state."""

from __future__ import annotations

from infra.environments import Environment
from infra.rest import Rest


def make_bucket(rest: Rest, environment: Environment) -> bool:
    """Create the state's bucket, private and versioned; returns whether it had to be made.

    The first deployment takes it over, and gives it the rest of what the state stack declares.
    """
    if rest.get("storage", f"b/{environment.bucket}") is not None:
        return False
    rest.post(
        "storage",
        "b",
        {
            "name": environment.bucket,
            "location": environment.location,
            "versioning": {"enabled": True},
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "enforced",
            },
        },
        project=environment.project,
    )
    return True
