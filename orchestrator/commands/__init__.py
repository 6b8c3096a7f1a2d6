"""The commands of `eros`, one function each; `orchestrator.cli` puts them together.

Importing a module here must stay cheap, or `eros --help` gets slow: whatever is heavy is imported inside the function.
"""
