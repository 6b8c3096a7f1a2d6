"""Every SQL template, rendered, as a typed asset: what it defines, with which header, body, parameters and references.

The catalogue is read once and whole, in the order of deployment, because what a view or table function gives depends on
what it reads. Nothing here judges: that is what infra.lint does with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from infra.catalog.names import Names, key_of, path_of_call, path_of_table
from infra.catalog.scripts import Piece, Reader, Unread
from infra.errors import InfraError
from infra.syntax import ScriptSyntaxError, parse_script
from infra.syntax import script as tree
from infra.syntax.sql import exp, parse_type
from infra.syntax.walk import statements
from sql import SqlError, SqlSettings, TracedText, deploy_order, names, sidecar, trace

STAGE = "lint_stage"
"""What the catalogue calls a table that is named only when a query runs; its columns are not known."""


class Use(Enum):
    """What a name is written for."""

    DEFINES = "defines"
    TABLE = "table"
    TABLE_FUNCTION = "table function"
    FUNCTION = "function"
    PROCEDURE = "procedure"


@dataclass(frozen=True)
class Reference:
    """A name as it is written; `offset` is its place in the rendered text.

    FUNCTION is what sqlglot does not know as a built-in: a routine, or a built-in function of the rarer kind.
    """

    path: tuple[str, ...]
    use: Use
    offset: int


@dataclass(eq=False)
class Asset:
    """One rendered template. `definition` is the object it defines; a query or a scheduled script defines none."""

    name: str
    traced: TracedText
    script: Sequence[tree.Statement]
    pieces: Sequence[Piece] = ()
    unread: Sequence[Unread] = ()

    @property
    def kind(self) -> str:
        """The folder: tables, functions, table_functions, procedures, views, scheduled_queries or queries."""
        return self.name.partition("/")[0]

    @property
    def text(self) -> str:
        """The rendered GoogleSQL."""
        return self.traced.text

    @cached_property
    def definition(self) -> tree.Create | None:
        """The one object that a deployed template defines."""
        first = self.script[0] if len(self.script) == 1 else None
        return first if isinstance(first, tree.Create) else None

    @property
    def parameters(self) -> Sequence[tree.RoutineParameter]:
        """Parameters of the routine it defines, in order."""
        match self.definition:
            case tree.CreateFunction(parameters=parameters) | tree.CreateProcedure(parameters=parameters):
                return parameters
        return ()

    @property
    def body(self) -> str:
        """What the object does, without its header: an expression, a SELECT or BEGIN ... END; else the whole text."""
        match self.definition:
            case tree.CreateFunction(body=body) | tree.CreateView(query=body):
                return body.text
            case tree.CreateProcedure(body=body):
                return body.text
        return self.text

    @property
    def header(self) -> str:
        """The text before the body: CREATE, name, parameters, options."""
        return self.text[: self._body_start()]

    def _body_start(self) -> int:
        match self.definition:
            case tree.CreateFunction(body=body) | tree.CreateView(query=body):
                return body.start
            case tree.CreateProcedure(body=body):
                return body.start
        return 0

    @cached_property
    def temporary(self) -> frozenset[str]:
        """Names, in lower case, of the temporary tables and functions that it makes."""
        made = (one for one in statements(self.script) if isinstance(one, tree.Create) and one.is_temporary)
        return frozenset(key_of(tuple(one.name)) for one in made)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every table and routine by the path it is written with; common table expressions are none."""
        return tuple(_references(self))


@dataclass(frozen=True)
class Catalog:
    """All assets by name ("tables/creators"), and the names they share."""

    settings: SqlSettings
    assets: Mapping[str, Asset]
    names: Names

    def object(self, path: tuple[str, ...]) -> Asset | None:
        """The asset that defines the object of a path, or None when it is not ours."""
        return self._objects.get(key_of(path))

    @cached_property
    def _objects(self) -> Mapping[str, Asset]:
        defined = (asset for asset in self.assets.values() if asset.definition is not None)
        return {key_of(tuple(asset.definition.name)): asset for asset in defined if asset.definition is not None}


@dataclass(frozen=True)
class Template:
    """What an asset is made from: its rendered text with origins, and the types of its query parameters."""

    name: str
    traced: TracedText
    parameters: Mapping[str, str] = field(default_factory=dict)


def load_catalog(settings: SqlSettings) -> Catalog:
    """Render and read every template of sql/. Raises InfraError naming the one that cannot be rendered or read."""
    try:
        order = [*deploy_order(), *names("scheduled_queries"), *names("queries")]
        return build_catalog((_template(name, settings) for name in order), settings)
    except SqlError as error:
        raise InfraError(str(error), fix="mend the template, or its sidecar") from error


def build_catalog(templates: Iterator[Template] | Sequence[Template], settings: SqlSettings) -> Catalog:
    """Read rendered templates, in an order in which everything comes after what it reads."""
    shared = Names()
    assets: dict[str, Asset] = {}
    for template in templates:
        assets[template.name] = _read(template, shared)
    return Catalog(settings, assets, shared)


def _template(name: str, settings: SqlSettings) -> Template:
    described = sidecar(name)
    identifiers = {one: STAGE for one in described.get("identifiers", ())}
    return Template(name, trace(name, settings, **identifiers), described.get("parameters") or {})


def _read(template: Template, shared: Names) -> Asset:
    try:
        script = parse_script(template.traced.text)
        parameters = {name: parse_type(text) for name, text in template.parameters.items()}
    except ScriptSyntaxError as error:
        place = template.traced.place(error.offset)
        raise InfraError(error.message, where=str(place), fix="write it in GoogleSQL") from None
    reader = Reader(shared, parameters)
    reader.read(script)
    return Asset(template.name, template.traced, script, reader.pieces, reader.unread)


def _references(asset: Asset) -> Iterator[Reference]:
    for statement in statements(asset.script):
        match statement:
            case tree.Create(name=name) | tree.Drop(name=name) | tree.Alter(name=name):
                yield Reference(tuple(name), Use.DEFINES, statement.start)
            case tree.Truncate(name=name):
                yield Reference(tuple(name), Use.TABLE, statement.start)
            case tree.Call(name=name):
                yield Reference(tuple(name), Use.PROCEDURE, statement.start)
    for piece in asset.pieces:
        for node in piece.tree.walk():
            if isinstance(node, exp.Table):
                path = path_of_table(node)
                if isinstance(node.this, exp.Func):
                    yield Reference(path, Use.TABLE_FUNCTION, piece.offset(node))
                elif not (len(path) == 1 and piece.analysis.is_cte(node)):
                    yield Reference(path, Use.TABLE, piece.offset(node))
            elif isinstance(node, exp.Anonymous) and not isinstance(node.parent, exp.Table):
                yield Reference(path_of_call(node), Use.FUNCTION, piece.offset(node))
