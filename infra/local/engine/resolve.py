"""Paths to catalog objects: project, default dataset, letter case."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import EngineError


def object_path(parts: Sequence[str], project: str, default_dataset: str | None) -> tuple[str, str]:
    """(dataset, name) of a one- to three-part path.

    Raises EngineError invalidQuery without a dataset, accessDenied for another project.
    """
    if len(parts) > 3:
        raise EngineError("invalidQuery", f"Invalid path: {'.'.join(parts)}")
    if len(parts) == 3 and parts[0] != project:
        raise EngineError("accessDenied", f"Access Denied: Project {parts[0]}: the local cloud serves {project} only")
    if len(parts) == 1:
        if default_dataset is None:
            raise EngineError(
                "invalidQuery", f'"{parts[0]}" must be qualified with a dataset (e.g. dataset.{parts[0]}).'
            )
        return default_dataset, parts[0]
    return parts[-2], parts[-1]


def schema_path(parts: Sequence[str], project: str) -> str:
    """The dataset of a one- or two-part path of CREATE or DROP SCHEMA."""
    if len(parts) == 2 and parts[0] != project:
        raise EngineError("accessDenied", f"Access Denied: Project {parts[0]}: the local cloud serves {project} only")
    if len(parts) > 2:
        raise EngineError("invalidQuery", f"Invalid dataset path: {'.'.join(parts)}")
    return parts[-1]
