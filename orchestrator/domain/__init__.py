"""Typed values of the business, without input or output."""
