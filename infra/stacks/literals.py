"""Text that Terraform must take as it is."""

from __future__ import annotations


def literal(text: str) -> str:
    """The text with its `${` and `%{` doubled at the front: Terraform reads every string as a template.

    Without it, a regular expression such as `^a{1}${b` in a SQL body would be taken for an interpolation. Everything
    else, `$$` and `%%` included, means itself.
    """
    return text.replace("${", "$${").replace("%{", "%%{")
