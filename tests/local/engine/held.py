"""A transaction that stays open while other sessions work."""

from __future__ import annotations

from infra.local.engine import ScriptResult, Session
from infra.local.engine.place import Place
from infra.local.engine.scope import Scope


class Held:
    """A session's transaction, open from the beginning of the block until `commit`, at the latest to its end."""

    def __init__(self, session: Session, statements: str = "") -> None:
        self._session, self._statements = session, statements

    def __enter__(self) -> Held:
        self._session.begin()
        for statement in self._statements.split(";"):
            if statement.strip():
                self.run(statement)
        return self

    def run(self, statement: str) -> ScriptResult:
        """One statement inside the transaction."""
        return self._session.executor.run(Place(statement.strip()), Scope())

    def commit(self) -> None:
        self._session.commit()

    def __exit__(self, *details: object) -> None:
        if self._session.in_transaction:
            self._session.rollback()
