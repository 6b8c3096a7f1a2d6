"""May this plan be applied? Pure rules, one module each, from the Plan to verdicts; nothing here contacts anything.

judge(plan, context) -> Verdicts      the rules alone
review(stacks, context) -> Review     plan, what it means in SQL, columns, words and dollars, and the verdicts
"""

from infra.gate.judge import RULES, judge
from infra.gate.review import Review, ReviewContext, review
from infra.gate.verdicts import Allowance, Context, Finding, Verdicts, read_allowances

__all__ = [
    "RULES",
    "Allowance",
    "Context",
    "Finding",
    "Review",
    "ReviewContext",
    "Verdicts",
    "judge",
    "read_allowances",
    "review",
]
