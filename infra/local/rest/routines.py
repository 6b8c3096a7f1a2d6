"""routines.insert, get, list, update and delete. A routine written here is live at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from infra.local.engine.schema import Routine, RoutineArgument
from infra.local.engine.types import DataType, TypeNameError, field_name, parse_type, type_text
from infra.local.rest import datasets
from infra.local.rest.errors import RestError, already_exists, check_fields, not_found, not_supported
from infra.local.rest.exchange import Request, Response, check_precondition, etag_of, page
from infra.local.rest.service import Service

_OUTPUT_ONLY = frozenset({"kind", "etag", "creationTime", "lastModifiedTime", "id", "selfLink"})
_FIELDS = (
    frozenset({"routineReference", "routineType", "language", "arguments", "returnType", "returnTableType"})
    | {"definitionBody", "description"}
    | _OUTPUT_ONLY
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
_ARGUMENT_FIELDS = frozenset({"name", "dataType", "mode", "argumentKind"})


def insert(service: Service, request: Request) -> Response:
    """POST /datasets/{dataset}/routines."""
    given = request.json()
    dataset = datasets.require(service, request).name
    name = str((given.get("routineReference") or {}).get("routineId") or "")
    with service.writing:
        if service.engine.catalog.routine(dataset, name) is not None:
            raise already_exists("Routine", f"{service.project}:{dataset}.{name}")
        return _answer(service, _define(service, dataset, name, given, "CREATE"))


def get(service: Service, request: Request) -> Response:
    """GET /routines/{routine}."""
    return _answer(service, _require(service, request))


def list_all(service: Service, request: Request) -> Response:
    """GET /datasets/{dataset}/routines, by name."""
    if request.query.get("filter"):
        raise not_supported("routines.list with a filter", "filter")
    found = service.engine.catalog.routines(datasets.require(service, request).name)
    chosen, token = page(found, request)
    hidden = {"definitionBody", "arguments", "returnType", "returnTableType"}
    entries = [
        {name: value for name, value in resource(service, routine).items() if name not in hidden} for routine in chosen
    ]
    return Response({"routines": entries, **({"nextPageToken": token} if token else {})})


def update(service: Service, request: Request) -> Response:
    """PUT /routines/{routine}: replace the definition."""
    given = request.json()
    with service.writing:
        current = _require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        return _answer(service, _define(service, current.dataset, current.name, given, "CREATE OR REPLACE"))


def delete(service: Service, request: Request) -> Response:
    """DELETE /routines/{routine}."""
    with service.writing:
        current = _require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        service.engine.catalog.drop_routine(current.dataset, current.name)
    return Response(None, 204)


def resource(service: Service, routine: Routine) -> dict[str, Any]:
    """The Routine resource."""
    place = {"projectId": service.project, "datasetId": routine.dataset, "routineId": routine.name}
    body: dict[str, Any] = {
        "routineReference": place,
        "routineType": routine.kind,
        "language": "SQL",
        "definitionBody": routine.body,
        "arguments": [_argument(argument, routine.kind) for argument in routine.arguments],
        "creationTime": datasets.iso_millis(routine.created),
        "lastModifiedTime": datasets.iso_millis(routine.modified),
    }
    if routine.return_type is not None:
        body["returnType"] = standard_type(routine.return_type)
    if routine.columns and routine.declared_columns:
        columns = [{"name": name, "type": standard_type(kind)} for name, kind in routine.columns]
        body["returnTableType"] = {"columns": columns}
    if routine.description is not None:
        body["description"] = routine.description
    return {**body, "etag": etag_of(body)}


def standard_type(data_type: DataType) -> dict[str, Any]:
    """A StandardSqlDataType."""
    if data_type.element is not None:
        return {"typeKind": "ARRAY", "arrayElementType": standard_type(data_type.element)}
    if data_type.kind == "STRUCT":
        fields = [
            {"name": field_name(field, index), "type": standard_type(field.type)}
            for index, field in enumerate(data_type.fields)
        ]
        return {"typeKind": "STRUCT", "structType": {"fields": fields}}
    return {"typeKind": data_type.kind}


def type_from_standard(given: dict[str, Any]) -> str:
    """The GoogleSQL spelling of a StandardSqlDataType. Raises RestError for a type that is not one."""
    kind = str(given.get("typeKind", "")).upper()
    if kind == "ARRAY":
        return f"ARRAY<{type_from_standard(given['arrayElementType'])}>"
    if kind == "STRUCT":
        fields = (given.get("structType") or {}).get("fields") or []
        named = [f"{_checked(str(field['name']))} {type_from_standard(field['type'])}" for field in fields]
        return f"STRUCT<{', '.join(named)}>"
    try:
        return type_text(parse_type(kind))
    except TypeNameError as error:
        raise RestError("invalid", str(error), "dataType") from None


def _require(service: Service, request: Request) -> Routine:
    dataset = datasets.require(service, request).name
    name = request.path["routine"]
    found = service.engine.catalog.routine(dataset, name)
    if found is None:
        raise not_found("Routine", f"{service.project}:{dataset}.{name}")
    return found


def _answer(service: Service, routine: Routine) -> Response:
    body = resource(service, routine)
    return Response(body, headers={"ETag": body["etag"]})


def _argument(argument: RoutineArgument, kind: str) -> dict[str, Any]:
    if argument.type is None:
        return {"name": argument.name, "argumentKind": "ANY_TYPE"}
    shown: dict[str, Any] = {"name": argument.name, "dataType": standard_type(argument.type)}
    if kind == "PROCEDURE":
        shown["mode"] = argument.mode
    return shown


def _define(service: Service, dataset: str, name: str, given: dict[str, Any], verb: str) -> Routine:
    statement = _statement(service, dataset, name, given, verb)
    catalog = service.engine.catalog
    with service.engine.session(dataset) as session, catalog.together():
        session.run(statement)
        defined = catalog.routine(dataset, name)
        if defined is None:
            raise RestError("invalid", f"The definition of {dataset}.{name} defines another routine", "definitionBody")
        if given.get("description") is not None:
            return catalog.put_routine(replace(defined, description=given["description"]))
        return defined


def _statement(service: Service, dataset: str, name: str, given: dict[str, Any], verb: str) -> str:
    check_fields(given, _FIELDS, "routine")
    if str(given.get("language") or "SQL").upper() != "SQL":
        raise not_supported(f"A routine in {given['language']}", "language")
    body = given.get("definitionBody")
    if not body:
        raise RestError("required", "Required parameter is missing: definitionBody")
    target = f"`{service.project}.{dataset}.{_checked(name)}`"
    kind = given.get("routineType")
    arguments = ", ".join(_argument_text(argument, kind) for argument in given.get("arguments") or [])
    if kind == "SCALAR_FUNCTION":
        returns = f" RETURNS {type_from_standard(given['returnType'])}" if given.get("returnType") else ""
        return f"{verb} FUNCTION {target}({arguments}){returns} AS (\n{body}\n)"
    if kind == "TABLE_VALUED_FUNCTION":
        return f"{verb} TABLE FUNCTION {target}({arguments}){_returned_columns(given)} AS (\n{body}\n)"
    if kind == "PROCEDURE":
        return f"{verb} PROCEDURE {target}({arguments})\n{body}"
    raise not_supported(f"A routine of type {kind}", "routineType")


def _returned_columns(given: dict[str, Any]) -> str:
    columns = (given.get("returnTableType") or {}).get("columns")
    if not columns:
        return ""
    shown = (f"{_checked(str(column['name']))} {type_from_standard(column['type'])}" for column in columns)
    return f" RETURNS TABLE<{', '.join(shown)}>"


def _argument_text(given: dict[str, Any], kind: Any) -> str:
    check_fields(given, _ARGUMENT_FIELDS, f"argument {given.get('name')}")
    any_type = given.get("argumentKind") == "ANY_TYPE"
    shown = "ANY TYPE" if any_type else type_from_standard(given.get("dataType") or {})
    mode = f"{given['mode']} " if kind == "PROCEDURE" and given.get("mode") in ("IN", "OUT", "INOUT") else ""
    return f"{mode}{_checked(str(given.get('name')))} {shown}"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RestError("invalid", f"Invalid name {name!r}: letters, digits and underscores only")
    return name
