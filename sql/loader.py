"""Loads and renders the SQL templates: the one door to this folder, and the only importer of jinja2.

A template is `sql/<kind>/<name>.sql` with its description beside it in `<name>.yaml`. Rendering fills in identifiers
(`{{ ref("creators") }}`, `{{ region_view("JOBS") }}`), business constants (`{{ c.cooldown_days }}`) and shared
expressions (macros/*.jinja), never values: those travel as query parameters.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
import jinja2.ext
import yaml

ROOT = Path(__file__).resolve().parent

DEPLOYED_KINDS = ("tables", "functions", "table_functions", "procedures", "views")
KINDS = (*DEPLOYED_KINDS, "scheduled_queries", "queries")
REGION_VIEWS = ("JOBS",)
"""The INFORMATION_SCHEMA views that a template may read as region_view(name), qualified by project and location."""

_SOURCE_SUFFIXES = frozenset({".sql", ".jinja", ".yaml", ".py"})
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_SETTING_PATTERNS = {
    "project": ("EROS_PROJECT_ID", re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")),
    "dataset": ("EROS_DATASET", re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,1023}")),
    "location": ("EROS_LOCATION", re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")),
}


class SqlError(Exception):
    """A template, sidecar or setting that cannot be used; the message says which one, why and what to do."""


@dataclass(frozen=True)
class SqlSettings:
    """Where the objects live. Every field becomes part of an identifier, so each is checked against an allow-list."""

    project: str = "of-scheduler-proj"
    dataset: str = "eros_scheduling_brain"
    location: str = "US"

    def __post_init__(self) -> None:
        for field, (variable, pattern) in _SETTING_PATTERNS.items():
            value = getattr(self, field)
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise SqlError(f"{field} {value!r} does not match {pattern.pattern}: set {variable} to a valid name")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> SqlSettings:
        """Read EROS_PROJECT_ID, EROS_DATASET and EROS_LOCATION; an unset or empty variable means the default."""
        environment = os.environ if environment is None else environment
        given = {field: environment.get(variable) for field, (variable, _) in _SETTING_PATTERNS.items()}
        return cls(**{field: value for field, value in given.items() if value})


def names(kind: str | None = None) -> tuple[str, ...]:
    """Names of all templates, sorted ("tables/creators", ...), or of one kind of KINDS."""
    if kind is not None and kind not in KINDS:
        raise SqlError(f"unknown kind of SQL {kind!r}: use one of {', '.join(KINDS)}")
    wanted = KINDS if kind is None else (kind,)
    return tuple(f"{one}/{path.stem}" for one in wanted for path in sorted((ROOT / one).glob("*.sql")))


def source_digest() -> str:
    """SHA-256 over all that a rendered text depends on, settings aside: this folder's files and jinja2's version.

    Reading the files costs a hundredth of rendering them.
    """
    digest = hashlib.sha256(jinja2.__version__.encode())
    for path in sorted(path for path in ROOT.rglob("*") if path.suffix in _SOURCE_SUFFIXES):
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@cache
def deploy_order() -> tuple[str, ...]:
    """Everything that is deployed, each object after those it refers to; queries are not deployed."""
    ordered: list[str] = []
    for kind in DEPLOYED_KINDS:
        _append_after_references(names(kind), ordered)
    return tuple(ordered)


def render(name: str, settings: SqlSettings, **identifiers: str) -> str:
    """One complete GoogleSQL text. `identifiers` are extra names the template asks for, such as a stage table."""
    return render_with(_environment(), name, settings, identifiers).strip() + "\n"


def render_with(
    environment: jinja2.Environment, name: str, settings: SqlSettings, identifiers: Mapping[str, str]
) -> str:
    """What `render` does, by another environment of `make_environment`, and without trimming the ends."""
    for key, value in identifiers.items():
        if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
            raise SqlError(f"{name}: {key}={value!r} is not an identifier ({_IDENTIFIER.pattern})")
    allowed = _object_names() | set(identifiers.values())

    def ref(target: str) -> str:
        if target not in allowed:
            raise SqlError(f"{name}: ref({target!r}) names no object under sql/ and no identifier given to render()")
        return f"`{settings.project}.{settings.dataset}.{target}`"

    def region_view(view: str) -> str:
        if view not in REGION_VIEWS:
            raise SqlError(f"{name}: region_view({view!r}) is not one of {', '.join(REGION_VIEWS)}")
        return f"`{settings.project}`.`region-{settings.location.lower()}`.INFORMATION_SCHEMA.{view}"

    return _fill(environment, name, ref, {**identifiers, "region_view": region_view})


@cache
def constants() -> Mapping[str, Any]:
    """The business constants of sql/constants.yaml, read once, read-only all the way down."""
    return _frozen(_load_yaml(ROOT / "constants.yaml"))


@cache
def sidecar(name: str) -> Mapping[str, Any]:
    """The description beside a template: description, owner, cost_class, columns or arguments, cases."""
    path = _template_path(name).with_suffix(".yaml")
    if not path.is_file():
        raise SqlError(f"{name} has no sidecar: write {path.relative_to(ROOT.parent)}")
    return _frozen(_load_yaml(path))


def _fill(environment: jinja2.Environment, name: str, ref: Callable[[str], str], given: Mapping[str, Any]) -> str:
    _template_path(name)
    try:
        return environment.get_template(f"{name}.sql").render(ref=ref, c=constants(), **given)
    except jinja2.TemplateSyntaxError as error:
        raise SqlError(f"{error.filename or name}, line {error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise SqlError(f"{name}: {error.message}") from error


def make_environment(
    loader: jinja2.BaseLoader, extensions: Sequence[type[jinja2.ext.Extension]] = ()
) -> jinja2.Environment:
    """How every template is read: missing names are errors, and a line that holds only a tag leaves no trace."""
    environment = jinja2.Environment(
        loader=loader,
        extensions=extensions,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["literal"] = _literal
    return environment


@cache
def _environment() -> jinja2.Environment:
    return make_environment(jinja2.FileSystemLoader(ROOT))


def _literal(value: object) -> str:
    """A constant as a GoogleSQL literal; a list becomes a comma-separated list of literals."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    if isinstance(value, list | tuple):
        return ", ".join(_literal(item) for item in value)
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, naming what is missing
    raise SqlError(f"{value!r} cannot be written as a SQL literal")


def _template_path(name: str) -> Path:
    kind, _, stem = name.partition("/")
    path = ROOT / kind / f"{stem}.sql"
    if kind not in KINDS or not _IDENTIFIER.fullmatch(stem) or not path.is_file():
        raise SqlError(f"no SQL template {name!r}: sql.names() lists them")
    return path


def _object_names() -> set[str]:
    return {name.partition("/")[2] for kind in DEPLOYED_KINDS for name in names(kind)}


def _references(name: str) -> set[str]:
    found: set[str] = set()

    def ref(target: str) -> str:
        found.add(target)
        return f"`{target}`"

    _fill(_environment(), name, ref, {})
    return found


def _append_after_references(pending: Iterable[str], ordered: list[str]) -> None:
    waiting = {name: _references(name) - {name.partition("/")[2]} for name in pending}
    while waiting:
        undeployed = {name.partition("/")[2] for name in waiting}
        ready = [name for name, references in waiting.items() if not references & undeployed]
        if not ready:
            raise SqlError(f"these SQL objects refer to each other in a circle: {', '.join(sorted(waiting))}")
        ordered.extend(ready)
        for name in ready:
            del waiting[name]


def _load_yaml(path: Path) -> Any:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SqlError(f"{path.relative_to(ROOT.parent)} is not valid YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise SqlError(f"{path.relative_to(ROOT.parent)} must hold a mapping at the top")
    return loaded


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
