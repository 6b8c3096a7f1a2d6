"""CREATE, DROP, ALTER and TRUNCATE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.syntax import script as tree

from .catalog import create_physical
from .definition_checks import check_columns, labels_of, mode_of, named_columns, refuse_unnamed, statement_type
from .errors import EngineError, unsupported
from .estimate import Scanned, check_cap, statement_bytes
from .place import Place
from .resolve import object_path, schema_path
from .results import ScriptResult, result_columns
from .routines import function_routine, procedure_routine
from .schema import ColumnSchema, Dataset, Routine, Table
from .scope import Scope, temporary_name
from .snapshots import create_snapshot, refuse_snapshot
from .types import parse_type

if TYPE_CHECKING:
    from .session import Session

Placer = Callable[[tree.Fragment], Place]
_TABLE_OPTIONS = frozenset(
    {
        "default_rounding_mode",
        "expiration_timestamp",
        "friendly_name",
        "partition_expiration_days",
        "require_partition_filter",
    }
)


class Definitions:
    """Executes definitions for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._place: Placer = lambda fragment: Place(fragment.text)

    def execute(self, statement: tree.Statement, scope: Scope, place: Placer) -> ScriptResult:
        """Run one definition. Raises EngineError."""
        self._place = place
        if self._session.in_transaction and not self._fits_transaction(statement):
            raise EngineError(
                "invalidQuery", "DDL statements that affect permanent entities are not supported within a transaction"
            )
        handlers: Mapping[type, Callable[[Any, Scope], ScriptResult]] = {
            tree.CreateTable: self._create_table,
            tree.CreateSnapshot: self._create_snapshot,
            tree.CreateView: self._create_view,
            tree.CreateFunction: self._create_routine,
            tree.CreateProcedure: self._create_routine,
            tree.CreateSchema: self._create_schema,
            tree.Drop: self._drop,
            tree.Alter: self._alter,
            tree.Truncate: self._truncate,
        }
        result = handlers[type(statement)](statement, scope)
        result.statement = statement.text
        return result

    def _fits_transaction(self, statement: tree.Statement) -> bool:
        """Temporary objects come and go within a transaction; TRUNCATE counts as DML."""
        if isinstance(statement, tree.Create):
            return statement.is_temporary
        return isinstance(statement, tree.Truncate) or self._drops_temporary(statement)

    def dry_run(self, statement: tree.Create, scope: Scope) -> ScriptResult:
        """Check a definition; CREATE TABLE AS SELECT and CREATE VIEW are analysed and have columns and an estimate."""
        if isinstance(statement, (tree.CreateTable, tree.CreateView)) and statement.query is not None:
            place = Place(statement.query.text)
            translation = self._session.executor.translate(place, scope)
            kind = "CREATE_VIEW" if isinstance(statement, tree.CreateView) else "CREATE_TABLE_AS_SELECT"
            found = statement_bytes(self._session, translation, place, scope)
            if kind == "CREATE_VIEW":
                found = Scanned()
            return ScriptResult(
                kind,
                result_columns(translation.columns),
                bytes_processed=found.processed,
                bytes_billed=found.billed,
                accuracy=found.accuracy,
            )
        return ScriptResult(statement_type(statement))

    # Tables

    def _create_table(self, statement: tree.CreateTable, scope: Scope) -> ScriptResult:
        session = self._session
        name = self._name(statement)
        kind = statement_type(statement)
        current = (
            session.temporary.tables.get(name[1].lower()) if name[0] == "" else session.engine.catalog.table(*name)
        )
        if current is not None:
            if statement.if_not_exists:
                return ScriptResult(kind, ddl_operation="SKIP", target=name)
            if not statement.or_replace:
                raise EngineError("duplicate", f"Already Exists: Table {self._shown(name)}")
        table = self._table(statement, name, scope)
        found = Scanned() if statement.query is None else self._cost(statement.query, scope)
        check_cap(found.billed, session.maximum_bytes_billed)
        query = None if statement.query is None else self._filling(statement.query, scope)
        if name[0] == "":
            self._create_temporary(table, query)
        else:
            catalog = session.engine.catalog
            with session.holding(name), session.executor.errors(self._place(tree.Fragment(statement.text, 0))):
                catalog.create_table(table, replacing=statement.or_replace, connection=session.connection, query=query)
            session.engine.note_write(name)
        return ScriptResult(
            kind,
            ddl_operation="REPLACE" if current is not None else "CREATE",
            target=name,
            bytes_processed=found.processed,
            bytes_billed=found.billed,
        )

    def _cost(self, query: tree.Fragment, scope: Scope) -> Scanned:
        place = self._place(query)
        return statement_bytes(self._session, self._session.executor.translate(place, scope), place, scope)

    def _table(self, statement: tree.CreateTable, name: tuple[str, str], scope: Scope) -> Table:
        columns = [self._column(column, scope) for column in statement.columns]
        if statement.query is not None:
            found = self._session.executor.translate(self._place(statement.query), scope).columns
            refuse_unnamed(found, statement.query.text)
            columns = named_columns(columns, found)
        options = self._options(statement.options, scope)
        table = Table(
            name[0],
            name[1],
            tuple(columns),
            description=options.pop("description", None),
            labels=dict(options.pop("labels", None) or {}),
            partition_by=statement.partition_by.text if statement.partition_by else None,
            cluster_by=tuple(statement.cluster_by),
            primary_key=tuple(statement.primary_key),
            options=options,
        )
        check_columns(table)
        return table

    def _create_temporary(self, table: Table, query: tuple[str, Mapping[str, Any]] | None) -> None:
        """Make the session's table; the query is evaluated first, since it may read the table it replaces."""
        session = self._session
        physical = temporary_name(table.name)
        with session.executor.errors(Place(f"CREATE TEMP TABLE {table.name}")):
            if table.name.lower() in session.temporary.tables:
                if query is not None:
                    session.connection.execute(
                        'CREATE OR REPLACE TEMP TABLE "$replacing" AS ' + query[0], query[1] or None
                    )
                    query = ('SELECT * FROM "temp"."main"."$replacing"', {})
                session.connection.execute(f"DROP TABLE {physical}")
            create_physical(session.connection, physical, table.columns, query, temporary=True)
            session.connection.execute('DROP TABLE IF EXISTS "temp"."main"."$replacing"')
        session.temporary.tables[table.name.lower()] = table
        session.wrote(("", table.name.lower()))

    def _filling(self, query: tree.Fragment, scope: Scope) -> tuple[str, Mapping[str, Any]]:
        executor = self._session.executor
        translation = executor.translate(self._place(query), scope)
        return translation.sql, executor.bindings(translation, scope)

    def _column(self, column: tree.ColumnDefinition, scope: Scope) -> ColumnSchema:
        if column.type is None:
            raise EngineError("invalidQuery", f"Column {column.name} needs a type")
        kind = parse_type(column.type.text)
        if column.default is not None:
            self._session.executor.type_of(self._place(column.default), Scope())
        options = self._options(column.options, scope)
        mode = "REPEATED" if kind.kind == "ARRAY" else "REQUIRED" if column.not_null else "NULLABLE"
        default = column.default.text if column.default else None
        return ColumnSchema(column.name, kind, mode, options.get("description"), default)

    def _create_snapshot(self, statement: tree.CreateSnapshot, scope: Scope) -> ScriptResult:
        as_of = None if statement.as_of is None else self._session.executor.value(self._place(statement.as_of), scope)
        return create_snapshot(self._session, statement, self._name(statement), as_of, self._options, scope)

    # Views and routines

    def _create_view(self, statement: tree.CreateView, scope: Scope) -> ScriptResult:
        catalog = self._session.engine.catalog
        name = self._name(statement)
        if name[0] == "":
            raise unsupported("A temporary view")
        current = catalog.table(*name)
        if current is not None and statement.if_not_exists:
            return ScriptResult("CREATE_VIEW", ddl_operation="SKIP", target=name)
        translation = self._session.executor.translate(self._place(statement.query), Scope())
        refuse_unnamed(translation.columns, statement.query.text)
        columns = [ColumnSchema(column, kind, mode_of(kind)) for column, kind in translation.columns]
        query = statement.query.text
        if statement.columns:
            raise unsupported("A column list in CREATE VIEW")
        options = self._options(statement.options, scope)
        view = Table(
            name[0],
            name[1],
            tuple(columns),
            description=options.pop("description", None),
            labels=dict(options.pop("labels", None) or {}),
            options=options,
            view_query=query,
        )
        check_columns(view)
        catalog.create_table(view, replacing=statement.or_replace)
        return ScriptResult("CREATE_VIEW", ddl_operation="REPLACE" if current else "CREATE", target=name)

    def _create_routine(self, statement: tree.CreateFunction | tree.CreateProcedure, scope: Scope) -> ScriptResult:
        session = self._session
        name = self._name(statement)
        kind = statement_type(statement)
        known = session.temporary.routines.get(name[1].lower()) if name[0] == "" else None
        current = known or session.engine.catalog.routine(*name)
        if current is not None:
            if statement.if_not_exists:
                return ScriptResult(kind, ddl_operation="SKIP", target=name)
            if not statement.or_replace:
                raise EngineError("duplicate", f"Already Exists: Routine {self._shown(name)}")
        if isinstance(statement, tree.CreateProcedure):
            routine = procedure_routine(statement, name)
        else:
            routine = function_routine(session, statement, name, self._place)
        is_procedure = isinstance(statement, tree.CreateProcedure)
        options = self._options(statement.options, scope, {"strict_mode"} if is_procedure else set())
        if options.get("strict_mode") is False:
            raise unsupported("Option strict_mode = FALSE")
        self._keep_routine(replace(routine, description=options.get("description")))
        return ScriptResult(kind, ddl_operation="REPLACE" if current else "CREATE", target=name)

    def _keep_routine(self, routine: Routine) -> None:
        if routine.dataset == "":
            self._session.temporary.routines[routine.name.lower()] = routine
        else:
            self._session.engine.catalog.put_routine(routine)

    def _create_schema(self, statement: tree.CreateSchema, scope: Scope) -> ScriptResult:
        engine = self._session.engine
        name = schema_path(statement.name, engine.project)
        if engine.catalog.dataset(name) is not None and statement.if_not_exists:
            return ScriptResult("CREATE_SCHEMA", ddl_operation="SKIP", target=(name, ""))
        options = {key: self._option(fragment, scope) for key, fragment in statement.options.items()}
        dataset = Dataset(
            name,
            str(options.pop("location", "US")),
            options.pop("description", None),
            labels_of(options.pop("labels", None)),
            options,
        )
        engine.catalog.create_dataset(dataset)
        return ScriptResult("CREATE_SCHEMA", ddl_operation="CREATE", target=(name, ""))

    # DROP, ALTER, TRUNCATE

    def _drop(self, statement: tree.Drop, scope: Scope) -> ScriptResult:
        session = self._session
        catalog = session.engine.catalog
        kind = statement_type(statement)
        if statement.kind == "SCHEMA":
            dataset = schema_path(statement.name, catalog.project)
            if catalog.dataset(dataset) is None and statement.if_exists:
                return ScriptResult(kind, ddl_operation="SKIP", target=(dataset, ""))
            catalog.drop_dataset(dataset, cascade=statement.cascade)
            return ScriptResult(kind, ddl_operation="DROP", target=(dataset, ""))
        if self._drops_temporary(statement):
            if statement.kind == "FUNCTION":
                session.temporary.routines.pop(statement.name[-1].lower())
            else:
                session.temporary.tables.pop(statement.name[-1].lower())
                session.connection.execute(f"DROP TABLE {temporary_name(statement.name[-1])}")
            return ScriptResult(kind, ddl_operation="DROP", target=("", statement.name[-1]))
        name = object_path(statement.name, catalog.project, session.default_dataset)
        is_table = statement.kind in ("TABLE", "VIEW", "SNAPSHOT TABLE")
        found: Table | Routine | None = catalog.table(*name) if is_table else catalog.routine(*name)
        if found is None and statement.if_exists:
            return ScriptResult(kind, ddl_operation="SKIP", target=name)
        if found is None:
            noun = "Table" if is_table else "Routine"
            raise EngineError("notFound", f"Not found: {noun} {self._shown(name)}")
        is_snapshot = isinstance(found, Table) and found.snapshot_of is not None
        if found.kind != _CATALOG_KINDS[statement.kind] or is_snapshot != (statement.kind == "SNAPSHOT TABLE"):
            raise EngineError("invalidQuery", f"{self._shown(name)} is not a {statement.kind}; it is a {found.kind}")
        if is_table:
            with session.holding(name):
                catalog.drop_table(*name)
        else:
            catalog.drop_routine(*name)
        return ScriptResult(kind, ddl_operation="DROP", target=name)

    def _drops_temporary(self, statement: tree.Statement) -> bool:
        if not isinstance(statement, tree.Drop) or len(statement.name) != 1:
            return False
        name, temporary = statement.name[0].lower(), self._session.temporary
        return (statement.kind == "TABLE" and name in temporary.tables) or (
            statement.kind == "FUNCTION" and name in temporary.routines
        )

    def _alter(self, statement: tree.Alter, scope: Scope) -> ScriptResult:
        catalog = self._session.engine.catalog
        kind = statement_type(statement)
        if statement.kind == "SCHEMA":
            raise unsupported("ALTER SCHEMA")
        name = object_path(statement.name, catalog.project, self._session.default_dataset)
        if catalog.table(*name) is None and statement.if_exists:
            return ScriptResult(kind, ddl_operation="SKIP", target=name)
        table = catalog.require_table(*name)
        if any(action.kind != "SET_OPTIONS" for action in statement.actions):
            refuse_snapshot(table, catalog.project)
        with self._session.holding(name):
            for action in statement.actions:
                self._alter_once(action, name, scope)
        self._session.engine.note_write(name)
        return ScriptResult(kind, ddl_operation="ALTER", target=name)

    def _alter_once(self, action: tree.AlterAction, name: tuple[str, str], scope: Scope) -> None:
        catalog = self._session.engine.catalog
        table = catalog.require_table(*name)
        column = action.column
        exists = column is not None and table.column(column.name) is not None
        if action.kind == "SET_OPTIONS":
            options = self._options(action.options, scope)
            described = options.pop("description", table.description)
            labels = dict(options.pop("labels", table.labels) or {})
            merged = {**table.options, **options}
            catalog.update_table(replace(table, description=described, labels=labels, options=merged))
        elif column is not None and action.kind == "ADD_COLUMN":
            if not (exists and action.conditional):
                catalog.add_columns(*name, [self._column(column, scope)])
        elif column is not None and (exists or not action.conditional):
            if action.kind == "DROP_COLUMN":
                catalog.drop_column(*name, column.name)
            elif action.kind == "DROP_NOT_NULL":
                catalog.relax_column(*name, column.name)
            else:
                described = self._options(action.options, scope).get("description")
                columns = tuple(
                    replace(kept, description=described) if kept.name.lower() == column.name.lower() else kept
                    for kept in table.columns
                )
                catalog.update_table(replace(table, columns=columns))

    def _truncate(self, statement: tree.Truncate, scope: Scope) -> ScriptResult:
        place = Place(f"DELETE FROM {'.'.join(f'`{part}`' for part in statement.name)} WHERE TRUE")
        result = self._session.executor.run(place, scope, is_free=True)
        return ScriptResult("TRUNCATE_TABLE", target=result.target, ddl_operation=None)

    # Names and options

    def _name(self, statement: tree.Create) -> tuple[str, str]:
        session = self._session
        if statement.is_temporary:
            if len(statement.name) != 1:
                raise EngineError("invalidQuery", f"A temporary object has no dataset: {'.'.join(statement.name)}")
            return "", statement.name[0]
        name = object_path(statement.name, session.engine.project, session.default_dataset)
        session.engine.catalog.require_dataset(name[0])
        return name

    def _shown(self, name: tuple[str, str]) -> str:
        return f"{self._session.engine.project}:{name[0] or '_SESSION'}.{name[1]}"

    def _options(
        self, options: Mapping[str, tree.Fragment], scope: Scope, known: Collection[str] = ("labels", *_TABLE_OPTIONS)
    ) -> dict[str, Any]:
        """The values of OPTIONS. Raises EngineError for an option that does not exist or is not supported."""
        for name in options:
            if name != "description" and name not in known:
                raise unsupported(f"Option {name}")
        values = {name: self._option(fragment, scope) for name, fragment in options.items()}
        return {**values, "labels": labels_of(values["labels"])} if "labels" in values else values

    def _option(self, fragment: tree.Fragment, scope: Scope) -> Any:
        value = self._session.executor.value(self._place(fragment), scope)
        return value.isoformat() if hasattr(value, "isoformat") else value


_CATALOG_KINDS = {
    "TABLE": "TABLE",
    "SNAPSHOT TABLE": "TABLE",
    "VIEW": "VIEW",
    "FUNCTION": "SCALAR_FUNCTION",
    "TABLE FUNCTION": "TABLE_VALUED_FUNCTION",
    "PROCEDURE": "PROCEDURE",
}
