"""The six agents: one module and one specification each."""
