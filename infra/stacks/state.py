"""The state stack: the bucket of Terraform's own state, and who may write it.

`eros-infra bootstrap` makes the bucket before the first plan, and the first deployment adopts it.
"""

from __future__ import annotations

from typing import Any

from infra.cdk import add, google
from infra.environments import Environment
from infra.stacks.base import kept, labels

SOFT_DELETE_SECONDS = 30 * 86400
"""How long a deleted bucket or object can be brought back."""
KEPT_GENERATIONS = 50
KEPT_DAYS = 90


def declare(stack: Any, environment: Environment) -> None:
    """The bucket: every generation of the state is kept for KEPT_DAYS, and the newest KEPT_GENERATIONS for ever.

    A retention policy would be stricter, but then Terraform could neither replace its state nor remove its lock.
    """
    buckets = google.storage_bucket
    bucket = add(
        buckets.StorageBucket,
        stack,
        "state",
        name=environment.bucket,
        location=environment.location,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=False,
        versioning=buckets.StorageBucketVersioning(enabled=True),
        soft_delete_policy=buckets.StorageBucketSoftDeletePolicy(retention_duration_seconds=SOFT_DELETE_SECONDS),
        lifecycle_rule=[
            buckets.StorageBucketLifecycleRule(
                action=buckets.StorageBucketLifecycleRuleAction(type="Delete"),
                condition=buckets.StorageBucketLifecycleRuleCondition(
                    days_since_noncurrent_time=KEPT_DAYS, num_newer_versions=KEPT_GENERATIONS, with_state="ARCHIVED"
                ),
            )
        ],
        labels=labels(environment, "state"),
        lifecycle=kept(),
    )
    deployer = add(
        google.service_account.ServiceAccount,
        stack,
        "deployer",
        account_id=environment.deployer_id,
        project=environment.project,
        display_name="EROS deployer",
        description="What a pipeline deploys as: writes Terraform's state; what else it may is the owner's to grant",
    )
    add(
        google.storage_bucket_iam_member.StorageBucketIamMember,
        stack,
        "deployer_state",
        bucket=environment.bucket,
        role="roles/storage.objectUser",
        member=f"serviceAccount:{environment.deployer_email}",
        depends_on=[bucket, deployer],
    )
