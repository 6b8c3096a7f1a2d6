"""`eros-infra lint`: rules about SQL, checked on syntax trees, that neither BigQuery's analyser nor an engine enforces.

No comment switches a rule off. A rule that is wrong about a text is to be changed, with a test that shows the text.
"""

from infra.lint.findings import Finding
from infra.lint.runner import Report, lint

__all__ = ["Finding", "Report", "lint"]
