"""Rendered SQL as typed assets: header and body, parameters, references, and the types of what is read.

infra.syntax   text -> statements and trees
infra.catalog  trees -> assets, scopes, types
infra.lint     assets -> findings
"""

from infra.catalog.assets import Asset, Catalog, Reference, Template, Use, build_catalog, load_catalog
from infra.catalog.scripts import Piece

__all__ = ["Asset", "Catalog", "Piece", "Reference", "Template", "Use", "build_catalog", "load_catalog"]
