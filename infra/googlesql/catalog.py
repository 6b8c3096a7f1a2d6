"""What a text may name: tables, routines, script variables, as GoogleSQL's own catalog message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from infra.googlesql import door
from infra.googlesql.resolved import columns, field
from infra.googlesql.service import Registered, Service


def builtin_catalog(language: Any) -> Any:
    """A catalog with the built-in functions of the language and nothing else."""
    catalog = door.catalogs.SimpleCatalogProto(name="googlesql")
    catalog.builtin_function_options.language_options.CopyFrom(language)
    return catalog


class Catalog:
    """The objects in sight of one statement. Names compare without case; a later object replaces an earlier one.

    A deployed object's name is one part, "project.dataset.name": templates write it in one pair of backquotes.
    """

    def __init__(self, service: Service, builtin: Any) -> None:
        self._service = service
        self._builtin = builtin
        self._registered: Registered | None = None
        self._tables: dict[str, Any] = {}
        self._routines: dict[str, tuple[str, Any]] = {}
        self._variables: dict[str, Any] = {}
        self._system_views: dict[tuple[str, ...], Any] = {}

    def child(self) -> Catalog:
        """A copy: what is added to it is not seen here."""
        copy = Catalog(self._service, self._builtin)
        copy._tables, copy._routines = dict(self._tables), dict(self._routines)
        copy._variables, copy._system_views = dict(self._variables), dict(self._system_views)
        return copy

    @property
    def number(self) -> int:
        """What the service calls the catalog as it stands."""
        if self._registered is None:
            self._registered = self._service.register(self._message())
        return self._registered.number

    def close(self) -> None:
        """Have the service forget the catalog as it stood; whoever changes it, or is done with it, says so."""
        if self._registered is not None:
            self._registered.close()
            self._registered = None

    # Script variables

    def variable(self, name: str) -> Any | None:
        """The type of a variable in sight."""
        return self._variables.get(name.lower())

    def declare(self, name: str, data_type: Any) -> None:
        """A variable from here on."""
        self.close()
        self._variables[name.lower()] = data_type

    @contextmanager
    def block(self) -> Iterator[None]:
        """Variables declared inside end with it; tables stay."""
        before = dict(self._variables)
        yield
        if before != self._variables:
            self.close()
            self._variables = before

    # Objects

    def procedure(self, path: Sequence[str]) -> Any | None:
        """The procedure of that name."""
        kind, routine = self._routines.get(".".join(path).lower(), ("", None))
        return routine if kind == "procedure" else None

    def add_column(self, path: Sequence[str], name: str, data_type: Any) -> None:
        """A column more at the end of a table, if there is such a table."""
        table = self._tables.get(".".join(path).lower())
        if table is not None:
            self.close()
            table.column.add(name=name, is_writable_column=True).type.CopyFrom(data_type)

    def _message(self) -> Any:
        """The catalog as GoogleSQL takes it. A script variable is a constant: a name that any column hides."""
        catalog = door.catalogs.SimpleCatalogProto()
        catalog.CopyFrom(self._builtin)
        for number, table in enumerate(self._tables.values(), 1):
            catalog.table.add().CopyFrom(table)
            catalog.table[-1].serialization_id = number
        for path, view in self._system_views.items():
            _nested(catalog, path[:-1]).table.add().CopyFrom(view)
        for kind, routine in self._routines.values():
            getattr(catalog, kind).add().CopyFrom(routine)
        for name, data_type in self._variables.items():
            constant = catalog.constant.add()
            constant.name_path.append(name)
            constant.type.CopyFrom(data_type)
            constant.value.SetInParent()
        return catalog

    def add_table(self, name: str, listed: Iterable[tuple[str, Any]], defaults: frozenset[str] = frozenset()) -> None:
        """A table or view with its (column, TypeProto) pairs; a column with a default may be left out of INSERT."""
        self.close()
        self._tables[name.lower()] = _table(name, listed, defaults)

    def add_system_view(self, path: Sequence[str], listed: Iterable[tuple[str, Any]]) -> None:
        """A view of INFORMATION_SCHEMA, whose path is written in several parts: project, region, schema, view."""
        self.close()
        self._system_views[tuple(path)] = _table(path[-1], listed)

    def add_created(self, statement: Any, kind: str) -> None:
        """What a resolved CREATE statement makes; other statements make nothing."""
        if not kind.startswith("resolved_create_"):
            return
        self.close()
        if kind in ("resolved_create_table_stmt_node", "resolved_create_table_as_select_stmt_node"):
            made = field(statement, "column_definition_list")
            defaults = frozenset(column.name for column in made if column.HasField("default_value"))
            self.add_table(_path(statement), ((column.name, column.type) for column in made), defaults)
        elif kind == "resolved_create_view_stmt_node":
            self.add_table(_path(statement), columns(statement))
        elif kind == "resolved_create_function_stmt_node":
            self._add_function(statement)
        elif kind == "resolved_create_table_function_stmt_node":
            self._add_table_function(statement)
        elif kind == "resolved_create_procedure_stmt_node":
            self._add_procedure(statement)

    def _add_function(self, statement: Any) -> None:
        function = door.functions.FunctionProto(group="External_function", mode=door.kinds.FunctionEnums.SCALAR)
        function.name_path.append(_path(statement))
        function.options.sql_name, function.options.uses_upper_case_sql_name = _path(statement), False
        function.signature.add().CopyFrom(field(statement, "signature"))
        self._routines[_path(statement).lower()] = ("custom_function", function)

    def _add_table_function(self, statement: Any) -> None:
        function = door.functions.TableValuedFunctionProto(type=door.kinds.FunctionEnums.FIXED_OUTPUT_SCHEMA_TVF)
        function.name_path.append(_path(statement))
        function.signature.CopyFrom(field(statement, "signature"))
        relation = function.signature.return_type.options.relation_input_schema
        if not relation.column:
            for name, data_type in columns(statement):
                relation.column.add(name=name).type.CopyFrom(data_type)
        self._routines[_path(statement).lower()] = ("custom_tvf", function)

    def _add_procedure(self, statement: Any) -> None:
        procedure = door.functions.ProcedureProto()
        procedure.name_path.append(_path(statement))
        procedure.signature.CopyFrom(field(statement, "signature"))
        returns = procedure.signature.return_type
        returns.Clear()  # a procedure has none, but the service's C++ fails a CHECK on a void result
        returns.kind, returns.num_occurrences = door.kinds.ARG_TYPE_FIXED, 1
        returns.type.type_kind = door.types.TYPE_INT64
        self._routines[_path(statement).lower()] = ("procedure", procedure)


def _table(name: str, listed: Iterable[tuple[str, Any]], defaults: frozenset[str] = frozenset()) -> Any:
    table = door.tables.SimpleTableProto(name=name)
    for column, data_type in listed:
        added = table.column.add(name=column, is_writable_column=True, has_default_value=column in defaults)
        added.type.CopyFrom(data_type)
    return table


def _nested(catalog: Any, names: Sequence[str]) -> Any:
    """The catalog in a catalog that a path leads to; made where it is missing."""
    for name in names:
        inner = next((one for one in catalog.catalog if one.name == name), None)
        catalog = catalog.catalog.add(name=name) if inner is None else inner
    return catalog


def _path(statement: Any) -> str:
    return ".".join(field(statement, "name_path"))
