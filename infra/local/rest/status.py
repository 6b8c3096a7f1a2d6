"""What the local cloud says about itself."""

from __future__ import annotations

import os

from infra.local.rest.exchange import Request, Response
from infra.local.rest.service import Service

_INNER = ("counters", "transferParams")
"""Kinds of documents that are no resource of their own."""


def get(service: Service, request: Request) -> Response:
    """GET /eros/status: who serves which home, at which instant, with how many tables and other resources."""
    kept = service.engine.documents.counts()
    return Response(
        {
            "home": service.home,
            "pid": os.getpid(),
            "url": service.url,
            "now": service.clock().isoformat(),
            "project": service.project,
            "dataset": service.dataset,
            "location": service.location,
            "tables": len(service.engine.catalog.tables(service.dataset)),
            "resources": {kind: count for kind, count in kept.items() if kind not in _INNER},
        }
    )


def projects(service: Service, request: Request) -> Response:
    """GET /projects: the one project this server holds."""
    reference = {"projectId": service.project}
    entry = {"kind": "bigquery#project", "id": service.project, "projectReference": reference}
    body = {"kind": "bigquery#projectList", "projects": [entry], "totalItems": 1}
    return Response(body)
