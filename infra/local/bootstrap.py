"""Brings a warehouse to the state of sql/: the dataset, every object of `sql.deploy_order()` and the guard rows.

Additive and repeatable: tables are CREATE TABLE IF NOT EXISTS, routines and views CREATE OR REPLACE. A warehouse whose
rendered SQL is unchanged is left alone, so that opening it costs one look-up.
"""

from __future__ import annotations

from infra.errors import InfraError
from infra.local.engine import Engine, EngineError, QueryParameter
from infra.local.engine.types import parse_type
from infra.rendered import SEEDING, fingerprint, rendered_objects
from sql import SqlSettings, render

ALL_PAGES = QueryParameter("page_names", parse_type("ARRAY<STRING>"), [])


def bootstrap(engine: Engine, settings: SqlSettings) -> bool:
    """Deploy all objects to `settings.dataset`; returns False when nothing had to be done.

    Raises InfraError naming the object that the engine refused; what came before it stays deployed.
    """
    texts = {**rendered_objects(settings), SEEDING: render(SEEDING, settings)}
    key, wanted = f"deployed:{settings.dataset}", fingerprint(texts)
    exists = engine.catalog.dataset(settings.dataset) is not None
    if exists and engine.meta_get(key) == wanted:
        return False
    if not exists:
        engine.catalog.create_dataset(settings.dataset)
    session = engine.session(settings.dataset)
    try:
        for name, text in texts.items():
            try:
                session.run(text, [ALL_PAGES] if name == SEEDING else [])
            except EngineError as error:
                raise InfraError(
                    f"sql/{name}.sql cannot be deployed to the local cloud", why=error.message, fix="make test"
                ) from error
    finally:
        session.close()
    engine.meta_put(key, wanted)
    return True
