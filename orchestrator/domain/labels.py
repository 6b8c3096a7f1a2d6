"""What may name a page."""

from __future__ import annotations

import re

from orchestrator.errors import UsageError

_PAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def is_page_name(text: str) -> bool:
    """Whether `text` names a page: lower-case letters, digits, `_`, `.` and `-`, at most 64 characters."""
    return _PAGE_NAME.fullmatch(text) is not None


def page_name(text: str) -> str:
    """`text` itself when it is a page name, else UsageError; never repaired, because two names could become one."""
    if not is_page_name(text):
        raise UsageError(
            f"{text!r} is not a page name",
            why="a page name has 1 to 64 of the characters a-z 0-9 _ . - and begins with a letter or a digit",
            fix="use the name as creators.csv spells it",
        )
    return text
