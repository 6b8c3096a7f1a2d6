"""A name without project and dataset means something else in every session; write it through ref().

Temporary tables, common table expressions and built-in functions have no dataset. A project or dataset that is written
out does not follow the settings, and is refused as well; INFORMATION_SCHEMA needs its project only.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Reference, Use
from infra.lint.findings import Hit

_BUILT_IN = frozenset({"aead", "hll_count", "keys"})


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every table, view and routine that is not written with the project and dataset of the settings."""
    routines = {name.partition("/")[2] for name in catalog.assets if "functions/" in name or "procedures/" in name}
    for reference in asset.references:
        if not _is_qualified(reference, catalog) and not _has_no_dataset(reference, asset, routines):
            yield Hit(reference.offset, ".".join(reference.path))


def _is_qualified(reference: Reference, catalog: Catalog) -> bool:
    path, settings = reference.path, catalog.settings
    if "INFORMATION_SCHEMA" in (part.upper() for part in path):
        return path[0] == settings.project
    return path[:2] == (settings.project, settings.dataset) and len(path) == 3


def _has_no_dataset(reference: Reference, asset: Asset, routines: set[str]) -> bool:
    if len(reference.path) == 1 and reference.path[0].lower() in asset.temporary:
        return True
    if reference.use is not Use.FUNCTION:
        return False
    first = reference.path[0].lower()
    return first not in routines if len(reference.path) == 1 else first in _BUILT_IN
