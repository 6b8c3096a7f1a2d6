"""What Terraform is about to do, as data: one frozen Plan that terminal, Markdown, JSON, gate and apply all read.

model    the Plan itself, and how `terraform show -json` becomes one; no sensitive value gets past it
drift    what differs from the state -> the part of it that somebody decided
columns  two table schemas -> what is added, lost, narrowed, made required, relaxed
details  a change -> its SQL diffs, column changes and words
costs    a scheduled script -> estimated bytes and dollars per day, by an injected dry run
reach    a change -> the routines, views, schedules, queries and agents downstream of it
"""

from infra.plan.drift import read_plans
from infra.plan.model import Action, Change, Plan, StackPlan, read_plan

__all__ = ["Action", "Change", "Plan", "StackPlan", "read_plan", "read_plans"]
