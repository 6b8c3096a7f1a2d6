"""Formats in which a week leaves the house."""
