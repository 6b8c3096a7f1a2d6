"""The commands of `eros-infra` beyond the local cloud's: thin, and they import what they need when they are called."""
