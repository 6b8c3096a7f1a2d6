"""Texts that differ from a caption only in typing: found on request, never across a price, a number or a name."""

from orchestrator.importers.similar.index import Match, Similar, Text
from orchestrator.importers.similar.run import SimilarReport, match_similar, preview_similar

__all__ = ["Match", "Similar", "SimilarReport", "Text", "match_similar", "preview_similar"]
