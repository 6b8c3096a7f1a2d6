"""The five Terraform stacks, declared through infra.cdk; what they are made of is pure and is read without Node.

state (the bucket of Terraform's own state), warehouse (datasets, tables, routines, the view: all of it derived from
sql/), automation (scheduled queries, who runs them, with which rights), guardrails (the budget and the quotas),
observability (channels, counters, alert policies).
"""
