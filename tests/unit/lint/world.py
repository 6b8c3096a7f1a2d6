"""A small catalogue for tests of the lint: a few tables and routines, and the template under test."""

from __future__ import annotations

import re

from infra.catalog import Catalog, Template, build_catalog
from infra.lint.runner import SETTINGS
from sql import Place, TracedText

OBJECTS = {
    "tables/creators": "CREATE TABLE IF NOT EXISTS ref(creators) (page_name STRING, is_active BOOL, since DATE)",
    "tables/messages": """CREATE TABLE IF NOT EXISTS ref(messages) (
        message_id STRING, page_name STRING, caption_id INT64, caption_key STRING, sent_at TIMESTAMP, due_on DATE,
        wall_clock DATETIME, price NUMERIC, tags ARRAY<STRING>, visits ARRAY<STRUCT<at_time TIMESTAMP, on_day DATE>>)
        PARTITION BY DATE(sent_at)""",
    "tables/creator_lock": "CREATE TABLE IF NOT EXISTS ref(creator_lock) (page_name STRING, fence INT64)",
    "functions/plain": "CREATE OR REPLACE FUNCTION ref(plain)(p_x FLOAT64) RETURNS FLOAT64 AS (p_x + 1)",
    "functions/queried": "CREATE OR REPLACE FUNCTION ref(queried)(p_x FLOAT64) AS ((SELECT y FROM (SELECT p_x AS y)))",
    "functions/calling": "CREATE OR REPLACE FUNCTION ref(calling)(p_x FLOAT64) AS (ref(queried)(p_x))",
    "table_functions/by_page": """CREATE OR REPLACE TABLE FUNCTION ref(by_page)(p_page_name STRING, p_as_of TIMESTAMP)
        AS (SELECT page_name, MAX(sent_at) AS last_sent_at FROM ref(messages)
        WHERE sent_at BETWEEN TIMESTAMP_SUB(p_as_of, INTERVAL 90 DAY) AND p_as_of GROUP BY page_name)""",
}
PARAMETERS = {
    "as_of": "TIMESTAMP",
    "run_time": "TIMESTAMP",
    "week_start": "DATE",
    "page_names": "ARRAY<STRING>",
    "requests": "ARRAY<STRUCT<page_name STRING, asked_at TIMESTAMP>>",
}


def expanded(text: str) -> str:
    """The text with ref(name) written out as the loader does it."""
    return re.sub(r"ref\((\w+)\)", rf"`{SETTINGS.project}.{SETTINGS.dataset}.\1`", text)


def traced(name: str, text: str) -> TracedText:
    """A text as if each of its lines stood on the same line of the template."""
    starts, offset = [], 0
    for line in text.splitlines(keepends=True):
        starts.append(offset)
        offset += len(line)
    chains = tuple((Place(f"sql/{name}.sql", number),) for number in range(1, len(starts) + 1))
    return TracedText(text, tuple(starts), chains)


def catalog(name: str, text: str, **others: str) -> Catalog:
    """The objects of this module, and the template under test after them."""
    texts = {**OBJECTS, **others, name: text}
    templates = [
        Template(one, traced(one, expanded(body)), PARAMETERS if "queries" in one else {})
        for one, body in texts.items()
    ]
    return build_catalog(templates, SETTINGS)
