"""One rule per module: NAME, and `judge(plan, context)` -> findings. What cannot be seen yet is an objection."""
