"""A scheduled script taken apart into leaf statements that each can be dry-run alone.

A dry run of a script or of a CALL tells nothing that can be relied on. So procedures are entered, every statement and
expression that reads a table stands for itself, and what only the running script would know is put in its place:
a variable becomes a literal or NULL of its type, a temporary table an empty one of the columns that the dry run of the
statement which makes it has told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.catalog import Asset, Catalog, Piece, Use
from infra.catalog.names import Type, key_of, path_of_table
from infra.catalog.scopes import Kind
from infra.catalog.scripts import Reader
from infra.errors import InfraError
from infra.plan.columns import type_of
from infra.syntax import ScriptSyntaxError, parse_script
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import Role, statements

_AT_RUN_TIME = {exp.DType.TIMESTAMPTZ: "@run_time", exp.DType.TIMESTAMP: "@run_time", exp.DType.DATE: "DATE(@run_time)"}
"""An instant bounds a partition: NULL would prune all of them, and the estimate would say that nothing is read."""


@dataclass(frozen=True)
class Temporary:
    """Where a statement reads a temporary table; `alias` is what must follow the query that stands for it."""

    name: str
    alias: str


@dataclass(frozen=True)
class Leaf:
    """One statement that can be dry-run alone.

    `parts` are its text, cut where it reads a table of the script's own. `tables` are the permanent tables behind all
    that it names. `makes` is the temporary table that its result becomes, if any.
    """

    parts: tuple[str | Temporary, ...]
    tables: tuple[str, ...]
    makes: str = ""

    @property
    def temporary(self) -> int:
        """How many tables it reads that a dry run cannot know."""
        return sum(isinstance(one, Temporary) for one in self.parts)

    def text(self, made: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
        """The statement, with empty tables of these fields for the temporary ones; one that is not given stays a name,
        and will be refused."""
        return "".join(one if isinstance(one, str) else _stands_for(one, made) for one in self.parts)


def leaves(text: str, procedures: Mapping[str, str], catalog: Catalog) -> tuple[Leaf, ...]:
    """The leaf statements of a script that read a table, those of the procedures it calls included, in their order.

    `procedures` are CREATE PROCEDURE texts by name; one that is called and not among them is the catalogue's. Each
    branch and each loop counts once. Raises InfraError when a text cannot be read or a procedure is not known.
    """
    return tuple(_leaves(text, procedures, catalog, ()))


def _leaves(text: str, procedures: Mapping[str, str], catalog: Catalog, callers: tuple[str, ...]) -> Iterator[Leaf]:
    try:
        script = parse_script(text)
    except ScriptSyntaxError as error:
        raise InfraError("a script cannot be taken apart", why=error.message) from None
    reader = Reader(catalog.names, {})
    reader.read(script)
    for statement in statements(script):
        for piece in (one for one in reader.pieces if one.statement is statement):
            leaf = _leaf(piece, catalog)
            if leaf is not None:
                yield leaf
        if isinstance(statement, tree.Call):
            yield from _called(statement.name[-1].split(".")[-1].lower(), procedures, catalog, callers)
        elif isinstance(statement, tree.ExecuteImmediate):
            raise InfraError("a script cannot be taken apart", why="EXECUTE IMMEDIATE makes its text when it runs")


def _called(name: str, procedures: Mapping[str, str], catalog: Catalog, callers: tuple[str, ...]) -> Iterator[Leaf]:
    known = catalog.assets.get(f"procedures/{name}")
    text = procedures.get(name) or (known.text if known else "")
    if not text or name in callers:
        why = f"{name} calls itself" if name in callers else f"it calls {name}, whose text is not known"
        raise InfraError("a script cannot be taken apart", why=why)
    yield from _leaves(text, procedures, catalog, (*callers, name))


def _leaf(piece: Piece, catalog: Catalog) -> Leaf | None:
    named = [one for one in piece.tree.find_all(exp.Table) if not _is_cte(one, piece)]
    if piece.role is Role.PARTITION or not named:
        return None
    temporary = [one for one in named if key_of(path_of_table(one)) in piece.analysis.names.temporary]
    permanent = sorted({base for one in named if one not in temporary for base in _bases(path_of_table(one), catalog)})
    parts = _parts(piece, [one for one in temporary if one is not piece.tree.this])
    made = piece.statement.name[-1].lower() if isinstance(piece.statement, tree.CreateTable) else ""
    return Leaf(("SELECT ", *parts) if piece.role is Role.EXPRESSION else parts, tuple(permanent), made)


def _is_cte(table: exp.Table, piece: Piece) -> bool:
    return not isinstance(table.this, exp.Func) and piece.analysis.is_cte(table)


def _bases(path: tuple[str, ...], catalog: Catalog) -> Iterator[str]:
    """The tables behind a name: itself, or what the view or table function of that name reads."""
    asset = catalog.object(path)
    if asset is None or asset.kind == "tables":
        yield ".".join(path)
    else:
        yield from _read_by(asset, catalog)


def _read_by(asset: Asset, catalog: Catalog) -> Iterator[str]:
    for reference in asset.references:
        if reference.use in (Use.TABLE, Use.TABLE_FUNCTION) and len(reference.path) > 1:
            yield from _bases(reference.path, catalog)


def _parts(piece: Piece, temporary: Sequence[exp.Table]) -> tuple[str | Temporary, ...]:
    """The piece's text with a literal for each variable, cut at the temporary tables that it reads."""
    text = piece.sql.text
    cuts: dict[int, tuple[int, str | Temporary]] = {}
    for column in piece.tree.find_all(exp.Column):
        meaning = piece.analysis.meaning(column)
        if meaning.kind is Kind.VARIABLE:
            start = piece.sql.offset(column)
            value = _value(meaning.type, meaning.rest)
            if isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
                value += f" AS {column.parts[-1].name}"
            cuts[start] = (start + _length(text, start, column.parts[0].name), value)
    for table in temporary:
        start = piece.sql.offset(table.this)
        alias = "" if table.alias else f" AS {table.name}"
        cuts[start] = (start + _length(text, start, table.name), Temporary(table.name.lower(), alias))
    parts: list[str | Temporary] = []
    done = 0
    for start, (end, instead) in sorted(cuts.items(), key=lambda one: one[0]):
        parts += [text[done:start], instead]
        done = end
    return (*parts, text[done:])


def _length(text: str, start: int, name: str) -> int:
    return len(name) + 2 if text[start : start + 1] == "`" else len(name)


def _value(type_: Type, rest: tuple[str, ...]) -> str:
    if not rest and type_ is not None and type_.this in _AT_RUN_TIME:
        return _AT_RUN_TIME[type_.this]
    return f"CAST(NULL AS {'STRING' if type_ is None else type_.sql(dialect='bigquery')})"


def _stands_for(table: Temporary, made: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    fields = made.get(table.name)
    if not fields:
        return table.name + table.alias
    listed = ", ".join(f"CAST(NULL AS {type_of(one)}) AS `{one['name']}`" for one in fields)
    return f"(SELECT {listed}){table.alias}"
