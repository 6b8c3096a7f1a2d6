"""Write the published JSON Schemas to docs/schemas; run it after a change of the models they come from."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.domain.performance_report import report_schema

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def main() -> None:
    """Write every schema."""
    SCHEMAS.mkdir(exist_ok=True)
    path = SCHEMAS / "performance_report.schema.json"
    path.write_text(json.dumps(report_schema(), indent=2) + "\n", encoding="utf-8")
    print(path.relative_to(SCHEMAS.parents[1]))


if __name__ == "__main__":
    main()
