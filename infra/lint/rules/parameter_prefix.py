"""A parameter that is called like a column means the column; begin its name with p_.

The contract fixes some names otherwise; they are listed here, and a test holds the list to the contract.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit

FIXED_BY_THE_CONTRACT = {
    "wilson_score_bounds": frozenset({"successes", "failures"}),
    "wilson_sample": frozenset({"successes", "failures", "seed"}),
    "analyze_creator_performance": frozenset({"performance_report"}),
}


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every parameter of a routine without the prefix."""
    fixed = FIXED_BY_THE_CONTRACT.get(asset.name.partition("/")[2], frozenset())
    for parameter in asset.parameters:
        if not parameter.name.startswith("p_") and parameter.name not in fixed:
            yield Hit(parameter.start, parameter.name)
