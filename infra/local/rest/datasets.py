"""datasets.insert, get, list, patch, update and delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from infra.local.engine.schema import Dataset
from infra.local.rest.dataset_access import ENTRY, access_entries, check_access
from infra.local.rest.errors import RestError, check_fields, not_found
from infra.local.rest.exchange import Request, Response, check_precondition, etag_of, page, whole_number
from infra.local.rest.jobs import millis
from infra.local.rest.labels import check_labels, merged_labels
from infra.local.rest.service import Service
from infra.local.rest.shapes import check_shape

_OUTPUT_ONLY = frozenset({"kind", "id", "etag", "selfLink", "creationTime", "lastModifiedTime", "type"})
_KEPT = frozenset({"friendlyName", "access", "maxTimeTravelHours", "storageBillingModel", "defaultTableExpirationMs"})
"""Fields without an effect here that are kept and given back."""

_FIELDS = frozenset({"datasetReference", "location", "description", "labels"}) | _KEPT | _OUTPUT_ONLY
_SHAPE = {
    "datasetReference": {"projectId": str, "datasetId": str},
    "labels": {str: str},
    "access": [ENTRY],
    "maxTimeTravelHours": int,
    "defaultTableExpirationMs": int,
    **dict.fromkeys(("location", "description", "friendlyName", "storageBillingModel"), str),
}
_HOUR_MILLIS = 3_600_000
_DEFAULT_ACCESS = [{"role": "OWNER", "specialGroup": "projectOwners"}]


def insert(service: Service, request: Request) -> Response:
    """POST /datasets."""
    given = request.json()
    check_shape(given, _SHAPE, "dataset", closed=False)
    check_fields(given, _FIELDS, "dataset")
    reference = given.get("datasetReference") or {}
    if not reference.get("datasetId"):
        raise RestError("required", "Required parameter is missing: datasetReference.datasetId")
    location = given.get("location") or service.location
    if location.upper() != service.location.upper():
        raise RestError(
            "invalid", f"Invalid location {location}: this local cloud is in {service.location}", "location"
        )
    new = Dataset(str(reference["datasetId"]), location=service.location)
    wanted = _changed(new, given, merge=False)
    _check_access(service, request, new, wanted)
    return _answer(service, service.engine.catalog.create_dataset(wanted))


def get(service: Service, request: Request) -> Response:
    """GET /datasets/{dataset}."""
    return _answer(service, require(service, request))


def list_all(service: Service, request: Request) -> Response:
    """GET /datasets, by name."""
    if request.query.get("filter"):
        raise RestError("invalid", "datasets.list with a filter is not supported by the local cloud", "filter")
    chosen, token = page(service.engine.catalog.datasets(), request)
    shown = ("kind", "id", "datasetReference", "labels", "friendlyName", "location")
    entries = []
    for dataset in chosen:
        full = resource(service, dataset)
        entries.append({name: full[name] for name in shown if name in full})
    body = {"kind": "bigquery#datasetList", "datasets": entries}
    return Response({**body, **({"nextPageToken": token} if token else {})})


def patch(service: Service, request: Request) -> Response:
    """PATCH or PUT /datasets/{dataset}: PATCH merges, PUT replaces; If-Match guards against another writer."""
    given = request.json()
    check_shape(given, _SHAPE, "dataset", closed=False)
    check_fields(given, _FIELDS, "dataset")
    if str(given.get("location") or service.location).upper() != service.location.upper():
        raise RestError("invalid", f"Cannot change the location of dataset {request.path['dataset']}", "location")
    with service.writing:
        current = require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        wanted = _changed(current, given, merge=request.method == "PATCH")
        _check_access(service, request, current, wanted)
        return _answer(service, service.engine.catalog.update_dataset(wanted))


def delete(service: Service, request: Request) -> Response:
    """DELETE /datasets/{dataset}; a dataset with tables or routines needs deleteContents=true."""
    with service.writing:
        current = require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        service.engine.catalog.drop_dataset(current.name, cascade=request.flag("deleteContents"))
    return Response(None, 204)


def require(service: Service, request: Request) -> Dataset:
    """The dataset a URL names."""
    name = request.path["dataset"]
    found = service.engine.catalog.dataset(name)
    if found is None:
        raise not_found("Dataset", f"{service.project}:{name}")
    return found


def resource(service: Service, dataset: Dataset) -> dict[str, Any]:
    """The Dataset resource."""
    body: dict[str, Any] = {
        "kind": "bigquery#dataset",
        "id": f"{service.project}:{dataset.name}",
        "selfLink": f"{service.url}/bigquery/v2/projects/{service.project}/datasets/{dataset.name}",
        "datasetReference": {"projectId": service.project, "datasetId": dataset.name},
        "location": dataset.location,
        "type": "DEFAULT",
        "creationTime": iso_millis(dataset.created),
        "lastModifiedTime": iso_millis(dataset.modified),
        "access": _DEFAULT_ACCESS,
        **dataset.extra,
    }
    if dataset.description is not None:
        body["description"] = dataset.description
    if dataset.labels:
        body["labels"] = dict(dataset.labels)
    return {**body, "etag": etag_of(body)}


def iso_millis(instant: str) -> str:
    """A catalog's ISO instant as a resource shows it."""
    return millis(datetime.fromisoformat(instant)) if instant else "0"


def _answer(service: Service, dataset: Dataset) -> Response:
    body = resource(service, dataset)
    return Response(body, headers={"ETag": body["etag"]})


def _changed(dataset: Dataset, given: dict[str, Any], *, merge: bool) -> Dataset:
    base = dataset if merge else Dataset(dataset.name, dataset.location)
    extra = {**base.extra, **{name: given[name] for name in _KEPT & set(given)}}
    if extra.get("access") is not None:
        extra["access"] = access_entries(extra["access"])
    elif "access" in dataset.extra:
        extra["access"] = dataset.extra["access"]  # nobody empties a dataset's access by leaving it out
    _check_time_travel(extra.get("maxTimeTravelHours"))
    _check_expiration(extra.get("defaultTableExpirationMs"))
    labels = merged_labels(base.labels, given["labels"]) if "labels" in given else base.labels
    check_labels(labels)
    return replace(
        dataset,
        description=given.get("description", base.description),
        labels=labels,
        extra={name: value for name, value in extra.items() if value is not None},
    )


def _check_access(service: Service, request: Request, before: Dataset, after: Dataset) -> None:
    entries = after.extra.get("access") or []
    conditional = any(entry.get("condition") for entry in entries)
    if conditional and (request.integer("accessPolicyVersion") or 1) < 3:
        raise RestError("invalid", "Access entries with a condition need accessPolicyVersion=3", "accessPolicyVersion")
    check_access(service, before.extra.get("access") or [], entries)


def _check_expiration(millis: Any) -> None:
    """An hour at least. Nothing expires by itself here."""
    given = whole_number(millis, "defaultTableExpirationMs")
    if given is not None and given < _HOUR_MILLIS:
        raise RestError("invalid", f"Invalid value for defaultTableExpirationMs: {millis}", "defaultTableExpirationMs")


def _check_time_travel(hours: Any) -> None:
    """Between two and seven days, in whole days."""
    if hours is not None and whole_number(hours, "maxTimeTravelHours") not in range(48, 169, 24):
        raise RestError("invalid", f"Invalid value for maxTimeTravelHours: {hours}", "maxTimeTravelHours")
