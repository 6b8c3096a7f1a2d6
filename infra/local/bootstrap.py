"""Brings a warehouse to the state of sql/: the dataset, every object of `sql.deploy_order()` and the guard rows.

Additive and repeatable: tables are CREATE TABLE IF NOT EXISTS, routines and views CREATE OR REPLACE. A warehouse whose
rendered SQL is unchanged is left alone; while the files of sql/ are unchanged, nothing is even rendered, so that
opening costs two look-ups. A dataset that was deployed to is left alone too, whatever sql/ says by now: an edit of it
is planned and gated like on Google, and no restart may slip it in.
"""

from __future__ import annotations

import json

from infra.endpoints import LOCAL_STATE_BUCKET, LOCAL_WAREHOUSE_STATE
from infra.errors import InfraError
from infra.local.control.object_store import live_bytes
from infra.local.engine import Engine, EngineError, QueryParameter
from infra.local.engine.types import parse_type
from infra.rendered import SEEDING, fingerprint, rendered_objects, source_fingerprint
from sql import SqlSettings, render

ALL_PAGES = QueryParameter("page_names", parse_type("ARRAY<STRING>"), [])


def bootstrap(engine: Engine, settings: SqlSettings) -> bool:
    """Deploy all objects to `settings.dataset`; returns False when nothing had to be done.

    Raises InfraError naming the object that the engine refused; what came before it stays deployed.
    """
    exists = engine.catalog.dataset(settings.dataset) is not None
    source_key, source = f"deployed-from:{settings.dataset}", source_fingerprint(settings)
    if exists and engine.meta_get(source_key) == source:
        return False
    if exists and is_deployed_to(engine, settings.dataset):
        return False
    texts = {**rendered_objects(settings), SEEDING: render(SEEDING, settings)}
    key, wanted = f"deployed:{settings.dataset}", fingerprint(texts)
    if exists and engine.meta_get(key) == wanted:
        engine.meta_put(source_key, source)
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
    engine.meta_put(source_key, source)
    return True


def is_deployed_to(engine: Engine, dataset: str) -> bool:
    """Whether Terraform's state, which this very warehouse keeps, holds the dataset."""
    state = live_bytes(engine.documents, LOCAL_STATE_BUCKET, LOCAL_WAREHOUSE_STATE)
    if state is None:
        return False
    return any(
        one.get("type") == "google_bigquery_dataset" and instance.get("attributes", {}).get("dataset_id") == dataset
        for one in json.loads(state).get("resources") or ()
        for instance in one.get("instances") or ()
    )
