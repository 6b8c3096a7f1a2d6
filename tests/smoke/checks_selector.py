"""Gate 2: what the selector's answer must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import bigquery

TIME_LIMIT_SECONDS = 2.0
SEGMENT = "High-Value/Price-Insensitive"
# Per group; premium stands for premium and luxury.
ASKED = {"budget": 5, "mid": 5, "premium": 5, "bump": 3}
GROUP = {"luxury": "premium"}


@dataclass(frozen=True)
class Selection:
    """The rows of one call, and the job's own endTime - startTime in seconds."""

    rows: Sequence[Mapping[str, Any]]
    seconds: float


def select(gate: Any, page: str, as_of: datetime, seed: str) -> Selection:
    """CALL the deployed procedure as the contract's gate does."""
    procedure = gate.table("select_captions_for_creator")
    text = f"CALL {procedure}(@page, @segment, 5, 5, 5, 3, @as_of, @seed)"
    config = bigquery.QueryJobConfig(
        query_parameters=[
            bigquery.ScalarQueryParameter("page", "STRING", page),
            bigquery.ScalarQueryParameter("segment", "STRING", SEGMENT),
            bigquery.ScalarQueryParameter("as_of", "TIMESTAMP", as_of),
            bigquery.ScalarQueryParameter("seed", "STRING", seed),
        ],
        use_query_cache=False,
    )
    job = gate.client.query(text, job_config=config)
    rows = [dict(row.items()) for row in job.result()]
    return Selection(rows, (job.ended - job.started).total_seconds())


def selection_findings(selection: Selection, keys: Mapping[int, str]) -> list[str]:
    """18 captions in the numbers asked for, no duplicate id or key, scores in [0, 1]. `keys` is the bank's."""
    picked = [row for row in selection.rows if row["row_kind"] == "caption"]
    findings = [] if len(picked) == sum(ASKED.values()) else [f"{len(picked)} captions, not 18"]
    if len(picked) != len(selection.rows):
        findings.append(f"{len(selection.rows) - len(picked)} rows are no captions")
    groups = Counter(GROUP.get(row["price_tier"], row["price_tier"]) for row in picked)
    if groups != ASKED:
        findings.append(f"groups {dict(groups)}, not {ASKED}")
    for name, values in (
        ("id", [row["caption_id"] for row in picked]),
        ("key", [keys.get(row["caption_id"]) for row in picked]),
    ):
        findings += [f"caption {name} {value} {count} times" for value, count in Counter(values).items() if count > 1]
    for row in picked:
        if row["caption_id"] not in keys:
            findings.append(f"caption {row['caption_id']} is not an active caption of the bank")
        score = row["thompson_score"]
        if score is None or not 0 <= score <= 1:
            findings.append(f"caption {row['caption_id']} scores {score}")
    return findings


def time_findings(selection: Selection) -> list[str]:
    """The job took less than two seconds."""
    slow = selection.seconds >= TIME_LIMIT_SECONDS
    return [f"took {selection.seconds:.2f} s, at most {TIME_LIMIT_SECONDS} s"] if slow else []
