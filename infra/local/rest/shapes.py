"""The shape of a JSON body: which fields are texts, numbers, lists or objects. What has another one is refused.

A shape is `str`, `bool`, `int` (digits in a text are a number too, as in Google's JSON), `float`, `dict` for any
object, `list` for any list, `[shape]` for a list of them, `{str: shape}` for a map, `{"field": shape}` for an object.
"""

from __future__ import annotations

from typing import Any

from infra.local.rest.errors import RestError

Shape = Any

_NAMES = {str: "TYPE_STRING", bool: "TYPE_BOOL", int: "TYPE_INT64", float: "TYPE_DOUBLE", dict: "object", list: "list"}


def check_shape(given: Any, shape: Shape, what: str, *, closed: bool = True) -> None:
    """Refuse a value of another shape, in the words of Google's JSON parser; null fits every shape.

    `closed` refuses fields that an object's shape does not name; otherwise others are to look at them.
    """
    if given is None:
        return
    if isinstance(shape, list):
        _must(isinstance(given, list), given, list, what)
        for index, one in enumerate(given):
            _must(one is not None, one, shape[0], f"{what}[{index}]")
            check_shape(one, shape[0], f"{what}[{index}]", closed=closed)
    elif isinstance(shape, dict):
        _must(isinstance(given, dict), given, dict, what)
        for name, value in given.items():
            inner = shape.get(str) or shape.get(name)
            if inner is not None:
                check_shape(value, inner, f"{what}.{name}", closed=closed)
            elif closed:
                raise unknown_field(name, what)
    else:
        _must(_fits(given, shape), given, shape, what)


def unknown_field(name: str, what: str) -> RestError:
    """The refusal of a field that the resource does not have."""
    text = f"Invalid JSON payload received. Unknown name \"{name}\" at '{what}': Cannot find field."
    return RestError("invalid", text, what)


def _fits(given: Any, shape: type) -> bool:
    if shape is int:
        digits = str(given).removeprefix("-")
        return isinstance(given, (int, str)) and digits.isascii() and digits.isdigit()
    if shape is float:
        return isinstance(given, (int, float)) and not isinstance(given, bool)
    return isinstance(given, shape)


def _must(fits: bool, given: Any, shape: Shape, what: str) -> None:
    if not fits:
        name = _NAMES.get(shape, "object") if isinstance(shape, type) else "object"
        raise RestError("invalid", f"Invalid value at '{what}' ({name}), {given!r}"[:300], what)
