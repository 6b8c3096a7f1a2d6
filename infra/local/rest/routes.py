"""Which handler answers which URL: the table of contents of the local BigQuery."""

from __future__ import annotations

from collections.abc import Callable

from infra.local.rest import datasets, jobs_api, queries, routines, status, tabledata, tables, upload
from infra.local.rest.errors import RestError, not_found
from infra.local.rest.exchange import Request, Response
from infra.local.rest.server import Handler, Router
from infra.local.rest.service import Service

_PROJECT = "(?:/bigquery/v2)?/projects/{project}"
_DATASET = _PROJECT + "/datasets/{dataset}"
_TABLE = _DATASET + "/tables/{table}"
_ROUTINE = _DATASET + "/routines/{routine}"
_UPLOAD = "(?:/resumable)?/upload/bigquery/v2/projects/{project}/jobs"

_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/eros/status", status.get),
    ("GET", "(?:/bigquery/v2)?/projects", status.projects),
    ("GET", _PROJECT + "/datasets", datasets.list_all),
    ("POST", _PROJECT + "/datasets", datasets.insert),
    ("GET", _DATASET, datasets.get),
    ("PATCH", _DATASET, datasets.patch),
    ("PUT", _DATASET, datasets.patch),
    ("DELETE", _DATASET, datasets.delete),
    ("GET", _DATASET + "/tables", tables.list_all),
    ("POST", _DATASET + "/tables", tables.insert),
    ("GET", _TABLE, tables.get),
    ("PATCH", _TABLE, tables.patch),
    ("PUT", _TABLE, tables.patch),
    ("DELETE", _TABLE, tables.delete),
    ("GET", _TABLE + "/data", tabledata.list_rows),
    ("POST", _TABLE + "/insertAll", tabledata.insert_all),
    ("GET", _DATASET + "/routines", routines.list_all),
    ("POST", _DATASET + "/routines", routines.insert),
    ("GET", _ROUTINE, routines.get),
    ("PUT", _ROUTINE, routines.update),
    ("DELETE", _ROUTINE, routines.delete),
    ("GET", _PROJECT + "/jobs", jobs_api.list_all),
    ("POST", _PROJECT + "/jobs", jobs_api.insert),
    ("GET", _PROJECT + "/jobs/{job}", jobs_api.get),
    ("POST", _PROJECT + "/jobs/{job}/cancel", jobs_api.cancel),
    ("GET", _PROJECT + "/queries/{job}", queries.results),
    ("POST", _PROJECT + "/queries", queries.run),
    ("POST", _UPLOAD, upload.start),
    ("PUT", _UPLOAD, upload.resume),
]


class Dispatcher:
    """Answers requests for one service; what is no path of BigQuery goes to `beyond`."""

    def __init__(self, service: Service, beyond: Callable[[Request], Response | None] = lambda request: None) -> None:
        self._service = service
        self._beyond = beyond
        self._router = Router(_ROUTES)

    def __call__(self, request: Request) -> Response:
        if "origin" in request.headers:
            # Only browsers send it: a web page must not reach the warehouse of the person who reads it.
            raise RestError("accessDenied", "Access Denied: the local cloud does not answer web pages")
        found = self._router.find(request.method, request.url_path)
        if found is None:
            answer = self._beyond(request)
            if answer is None:
                what = f"{request.method} {request.url_path}"
                raise RestError("notFound", f"Not found: {what} is no endpoint of the local cloud")
            return answer
        handler, names = found
        project = names.get("project")
        if project is not None and project != self._service.project:
            raise not_found("Project", f"{project}: this local cloud holds {self._service.project} only")
        routed = Request(request.method, request.url_path, names, request.query, request.headers, request.body)
        return handler(self._service, routed)
