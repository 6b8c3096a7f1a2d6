"""Takes out of a text what looks like a secret, whoever wrote it there.

What Terraform calls sensitive never gets as far as a report (infra.plan.values). This is for the rest: a key that
somebody pasted into SQL or a description, where no provider expects one. The forms are those that their issuers publish
for scanners, and a quoted value beside a telling name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

HIDDEN = "(secret)"
SHORTEST = 8
"""Characters of a known secret: a shorter one stands in ordinary words too, and would take them out."""

# Each begins where a word does, or is bounded: none takes long over a megabyte that is made to take long.
_FORMS = re.compile(
    r"""
      -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|\Z)
    | (?:(?<![\w/+])|(?<=^\+))                                 # the middle of a key, after a diff's + too
      (?=[a-z0-9+/]{0,90}[A-Z])(?=[A-Za-z+/]{0,90}[0-9])[A-Za-z0-9+/]{60,}={0,2}(?![\w/+=])
    | \b(?:gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,})
    | \b(?:ya29\.[\w-]{20,}|AIza[\w-]{35}|GOCSPX-[\w-]{20,})   # Google: access token, API key, client secret
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bxox[abeoprs]-[\w-]{10,}
    | \bhttps://hooks\.slack\.com/[a-z]+/[\w/-]+
    | (?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*                      # a JSON web token
    | (?i:\bbearer[ ]+)[\w.~+/=-]{20,}
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                          # user:password in an address
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_NAMED = re.compile(
    r"""((?i:password|passwd|secret|token|api_?key|private_?key)\w{0,40}["'`]?\s*(?:=>?|:)\s*)(["'])(?:(?!\2)[^\n]){6,}\2"""
)
_TELLING = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|PRIVATE_KEY|API_KEY|WEBHOOK")


def without_secrets(text: str) -> str:
    """The text with HIDDEN in the place of each secret."""
    return _NAMED.sub(rf"\1\2{HIDDEN}\2", _FORMS.sub(HIDDEN, text))


def everywhere(value: Any) -> Any:
    """The same for every text of a JSON document."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {key: everywhere(item) for key, item in value.items()}
    return [everywhere(item) for item in value] if isinstance(value, list | tuple) else value


def known_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables whose names tell that they are secret, the longest first."""
    found = {value for name, value in environment.items() if _TELLING.search(name) and len(value) >= SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def without(text: str, secrets: Collection[str], forms: Callable[[str], str]) -> str:
    """The text without these very secrets, as they are and as `forms` would have written them."""
    for one in _written(secrets, forms):
        text = text.replace(one, HIDDEN)
    return text


def _written(secrets: Collection[str], forms: Callable[[str], str]) -> Iterator[str]:
    for secret in secrets:
        if len(secret) >= SHORTEST:
            yield secret
            yield forms(secret)
