"""The week builder and its rules, without input or output."""
