"""Without a zone the calendar is that of UTC, where the day ends in the afternoon of Los Angeles; name the zone.

macros/time.jinja has the expressions. Meant are all ways from an instant to a date, a wall-clock time or a text of
one, from these to an instant, and the clock read as a date. What is known to be a DATE or DATETIME needs none; where a
type is not known from our tables, parameters and DECLAREs, the zone has to be written, or the value CAST before.
PARTITION BY is exempt, because BigQuery partitions by days of UTC only.
"""

import re
from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Piece
from infra.catalog.inference import DATETIME, TIMESTAMP
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp
from infra.syntax.walk import Role

DType = exp.DType
_LOCAL = frozenset({DType.DATE, DATETIME, DType.TIME})
_WITHIN_A_DAY = frozenset({"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR"})
_ZONED_FORMAT = re.compile(r"%[E:]?[zZ]")
_ZONED_TEXT = re.compile(r"([+-]\d\d?(:?\d\d)?|[zZ]|UTC|[A-Z]\w+/\w+)$")


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every conversion between instants and the calendar that leaves the zone to BigQuery."""
    for piece in asset.pieces:
        if piece.role is not Role.PARTITION:
            for node in piece.tree.walk():
                if _lacks_zone(node, piece):
                    yield Hit(piece.offset(node), shown(node.sql(dialect="bigquery")))


def _lacks_zone(node: exp.Expr, piece: Piece) -> bool:
    match node:
        case exp.CurrentDate() | exp.CurrentDatetime() | exp.CurrentTime():
            return node.this is None
        case exp.Date() | exp.Time():
            return node.args.get("zone") is None and _may_be_instant(node.this, piece)
        case exp.TsOrDsToDate() | exp.TsOrDsToDatetime() | exp.TsOrDsToTime():
            return _may_be_instant(node.this, piece)
        case exp.Extract():
            return not isinstance(node.expression, exp.AtTimeZone) and _may_be_instant(node.expression, piece)
        case exp.DateTrunc() | exp.TimestampTrunc() | exp.DatetimeTrunc():
            by_day = node.unit is None or node.unit.name.upper() not in _WITHIN_A_DAY
            return by_day and node.args.get("zone") is None and _may_be_instant(node.this, piece)
        case exp.TimeToStr(this=exp.TsOrDsToTimestamp()):
            return node.args.get("zone") is None
        case exp.Cast():
            if node.to.this in _LOCAL:
                return _may_be_instant(node.this, piece)
            if node.to.this is DType.TEXT and isinstance(node.args.get("format"), exp.Literal):
                return _may_be_instant(node.this, piece)
            return node.to.this is TIMESTAMP and _is_local(node.this, piece)
        case exp.Timestamp():
            return node.args.get("zone") is None and _is_local(node.this, piece)
        case exp.StrToTime():
            return node.args.get("zone") is None and _ZONED_FORMAT.search(node.text("format")) is None
    return False


def _may_be_instant(value: exp.Expr, piece: Piece) -> bool:
    """Whether a value is a TIMESTAMP for all that is known. A text is not: it becomes a date as it reads."""
    if isinstance(value, exp.Null):
        return False
    type_ = piece.analysis.type(value)
    return type_ is None or type_.this not in _LOCAL | {DType.TEXT, DType.INTERVAL}


def _is_local(value: exp.Expr, piece: Piece) -> bool:
    """Whether a value is known to be a date or wall-clock time, or a literal that names no offset."""
    if isinstance(value, exp.Literal) and value.is_string:
        return _ZONED_TEXT.search(value.name) is None
    type_ = piece.analysis.type(value)
    return type_ is not None and type_.this in _LOCAL
