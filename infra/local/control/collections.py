"""Resources that are only kept: alert policies, notification channels, log metrics, budgets, quotas and topics.

One description per kind says how it is named, which fields it has, which of them it needs and what the service adds;
the requests are the same for all. A field that a kind does not have is refused as Google's JSON parser refuses it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.control.control import Control
from infra.local.control.resources import etag_of, filtered, mask_of, masked, paged
from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import Shape, check_shape

Body = dict[str, Any]


@dataclass(frozen=True)
class Collection:
    """One kind of resource.

    `kind` is also the last segment of the collection's path and the key of its listing. `naming` is who names a
    new one: "number" or "uuid" the server, "path" the URL, "field" the body's name, "query" the parameter
    `name_parameter`. `fields` are those a client may send. `added` gives what the service adds to a new one, `finish`
    checks and completes a new or changed one, `in_use` says who keeps one from being deleted.
    """

    kind: str
    naming: str
    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    output_only: Mapping[str, Shape] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    name_parameter: str = ""
    wrapper: str = ""
    whole_name: bool = True
    etag: bool = False
    stamps: tuple[str, str] = ("", "")
    finish: Callable[[Control, Request, Body, Body | None], Body] = lambda control, request, body, before: body
    in_use: Callable[[Control, Body], str] = lambda control, body: ""

    @property
    def known(self) -> Shape:
        """Every field that may be in a body."""
        return {**self.fields, **self.output_only, "name": str}

    def create(self, control: Control, request: Request) -> Response:
        """POST to the collection, or PUT to a name."""
        given = self._given(request)
        name = self._new_name(control, request, given)
        with control.documents.together():
            if control.documents.get(self.kind, name) is not None:
                raise RestError("duplicate", f"Resource already exists in the project (resource={_last(name)}).")
            missing = next((name for name in self.required if not given.get(name)), None)
            if missing:
                raise RestError("invalid", f"Missing argument: {self.wrapper or self.kind}.{missing}", missing)
            body = {**given, "name": name if self.whole_name else _last(name)}
            return Response(self._kept(control, request, name, body, None))

    def read(self, control: Control, request: Request) -> Response:
        """GET one."""
        return Response(self._require(control, request)[1])

    def list_all(self, control: Control, request: Request) -> Response:
        """GET the collection: by name, in pages, by one field's value."""
        place = _place(control, request) + "/"
        every = control.documents.all(self.kind)
        found = {name: body for name, body in every.items() if name.rpartition("/")[0] + "/" == place + self.kind + "/"}
        return Response(paged(filtered(found, request), request, self.kind))

    def update(self, control: Control, request: Request) -> Response:
        """PATCH what the update mask names, or PUT the whole; what cannot change is refused."""
        body = request.json()
        mask = request.query.get("updateMask")
        if request.method == "PATCH" and self.wrapper and self.wrapper in body:
            check_shape(body, {self.wrapper: dict, "updateMask": str}, f"update_{self.wrapper}_request")
            body, mask = body[self.wrapper] or {}, body.get("updateMask")
        given = self._checked(body)
        with control.documents.together():
            name, current = self._require(control, request)
            if self.etag and given.get("etag") and given["etag"] != current["etag"]:
                raise RestError("aborted", f"The etag of {_last(name)} is not the current one: read it again")
            paths = mask_of(mask, self.known)
            if paths is None:
                paths = sorted(set(given) | (set(current) if request.method == "PUT" else set()))
            paths = [path for path in paths if path.partition(".")[0] in self.fields]
            changed = masked(current, given, paths)
            fixed = next((name for name in self.fixed if changed.get(name) != current.get(name)), None)
            if fixed:
                raise RestError("invalid", f"The field {fixed} of {_last(name)} cannot be changed", fixed)
            return Response(self._kept(control, request, name, changed, current))

    def delete(self, control: Control, request: Request) -> Response:
        """DELETE one that nothing else uses."""
        with control.documents.together():
            name, current = self._require(control, request)
            user = self.in_use(control, current)
            if user and request.query.get("force") != "true":
                raise RestError("failedPrecondition", f"{name} is in use by {user}")
            control.documents.delete(self.kind, name)
            control.documents.delete("policies", f"{self.kind}/{_last(name)}")
        return Response({})

    def _given(self, request: Request) -> Body:
        return self._checked(request.json())

    def _checked(self, body: Body) -> Body:
        check_shape(body, self.known, self.wrapper or self.kind)
        return {name: value for name, value in body.items() if value is not None and name not in self.output_only}

    def _new_name(self, control: Control, request: Request, given: Body) -> str:
        base = f"{_place(control, request)}/{self.kind}"
        if self.naming == "number":
            return f"{base}/{10**18 + control.next_number(self.kind)}"
        if self.naming == "uuid":
            return f"{base}/{uuid.uuid4()}"
        if self.naming == "path":
            return f"{base}/{request.path['id']}"
        chosen = request.query.get(self.name_parameter) if self.naming == "query" else given.get("name")
        if not chosen:
            raise RestError("invalid", f"Missing argument: {self.name_parameter or 'name'}")
        return f"{base}/{_last(str(chosen)) if self.naming == 'query' else chosen}"

    def _require(self, control: Control, request: Request) -> tuple[str, Body]:
        name = f"{_place(control, request)}/{self.kind}/{request.path['id']}"
        return name, control.require(self.kind, name, f"Resource not found (resource={request.path['id']}).")

    def _kept(self, control: Control, request: Request, name: str, body: Body, before: Body | None) -> Body:
        body = self.finish(control, request, body, before)
        created, updated = self.stamps
        if created:
            body[created] = before[created] if before else control.now()
            body[updated] = control.now()
        if self.etag:
            body["etag"] = etag_of(body)
        control.documents.put(self.kind, name, body)
        return body


def _place(control: Control, request: Request) -> str:
    """What the collection belongs to: a project under its id, or a billing account."""
    if "billing" in request.path:
        return f"billingAccounts/{request.path['billing']}"
    project = f"projects/{control.check_project(request.path['project'])}"
    return f"{project}/locations/{request.path['location']}" if "location" in request.path else project


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def unsupported(control: Control, request: Request) -> Response:
    """Any other request to a known service: refused by name."""
    raise not_supported(f"{request.method} {request.url_path}")
