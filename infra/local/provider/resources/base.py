"""One resource type: which requests make, read, change and delete it. The types differ in data, seldom in code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from infra.local.provider.api import Api, ApiError
from infra.local.provider.fields import Fields, camel, name_cleared, to_body, to_value
from infra.local.provider.planning import settle
from infra.local.provider.same import same_blocks, same_value
from infra.local.provider.schema import Block
from infra.local.provider.values import UNKNOWN, Value, known

_NAMES = re.compile(r"\{%?(\w+)\}")


class ResourceError(Exception):
    """The provider refuses or fails; `attribute` is what it is about, where it is about one.

    `made` is what exists in spite of it: terraform keeps it as tainted instead of forgetting it.
    """

    def __init__(self, summary: str, detail: str = "", attribute: str = "") -> None:
        super().__init__(summary)
        self.detail = detail
        self.attribute = attribute
        self.made: Value | None = None


@dataclass(frozen=True)
class Kind:
    """A resource type that is one REST resource.

    `item` and `collection` are paths below the service's endpoint and `id` the Terraform id, all with {attribute}
    in them; `create` and `update` are HTTP methods, and with `masked` an update sends the changed fields' names;
    `imports` are the ids `terraform import` takes; `query` are a writing request's parameters by attribute,
    `create_query` those of a create only; `masks` are the names in the mask of what is masked part by part.
    """

    type: str
    noun: str
    service: str
    collection: str
    item: str
    id: str
    imports: tuple[str, ...]
    fields: Fields = field(default_factory=Fields)
    create_method: str = "POST"
    update_method: str = "PUT"
    masked: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    create_query: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    import_values: Mapping[str, Any] = field(default_factory=dict)

    def create(self, api: Api, block: Block, planned: Value) -> Value:
        """Make it. Raises ResourceError when the cloud refuses."""
        wanted = known(planned)
        path = self.place(self.collection, wanted)
        query = self.parameters(wanted) | self.parameters(wanted, self.create_query)
        answer = self.call("creating", api, self.create_method, path, self.body(block, wanted), query)
        written = self.value(block, planned, answer)
        try:
            return self.fresh(api, block, planned, written)
        except ResourceError as error:
            error.made = written
            raise

    def read(self, api: Api, block: Block, state: Value) -> Value | None:
        """It as it is now, or None when it is gone."""
        try:
            answer = api.call(self.service, "GET", self.place(self.item, state))
        except ApiError as error:
            if error.status == 404:
                return None
            raise self.failed("reading", error) from error
        return self.value(block, state, answer)

    def update(self, api: Api, block: Block, prior: Value, planned: Value) -> Value:
        """Change it in place. With a mask, a change of what exists in Terraform only needs no request."""
        wanted = known(planned)
        changed = self.changed(block, prior, wanted)
        if changed or not self.masked:
            query = self.parameters(wanted) | ({"updateMask": ",".join(changed)} if self.masked else {})
            body = self.body(block, wanted)
            if self.update_method == "PATCH" and not self.masked:
                name_cleared(body, changed)
                body = self.amended(body, prior)
            path = self.place(self.item, prior)
            self.call("updating", api, self.update_method, path, body, query, str(prior.get("id") or ""))
        return self.fresh(api, block, planned, prior)

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        """Remove it; it is no error when it is gone already."""
        self._delete(api, self.place(self.item, prior))

    def identify(self, block: Block, text: str, project: str | None) -> Value:
        """What an import id says. Raises ResourceError for an id of another form."""
        for pattern in self.imports:
            match = re.fullmatch(_pattern(pattern), text)
            if match:
                named = {name: value for name, value in match.groupdict().items() if name in block.attributes}
                value = {**self.import_values, **named}
                if "project" in block.attributes and project and not value.get("project"):
                    value["project"] = project
                return {**value, "id": self.place(self.id, value, escape=False)}
        raise ResourceError(
            f'Import id "{text}" doesn\'t match any of the accepted formats', f"accepted: {', '.join(self.imports)}"
        )

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        """The request body of the whole resource."""
        return to_body(block, value, self.fields)

    def amended(self, body: dict[str, Any], prior: Value) -> dict[str, Any]:
        """The body of an update that merges, with what the type has to say besides."""
        return body

    def value(self, block: Block, kept: Value, answer: Mapping[str, Any]) -> Value:
        """The state that an answer and what only the state knows make, in the spelling of what is kept."""
        read = to_value(block, answer, self.fields)
        if read.get("project") is None:
            read["project"] = kept.get("project")
        read["labels"] = self.own_labels(answer, kept, "labels")
        read["terraform_labels"] = self.own_labels(answer, kept, "terraform_labels")
        in_path = {found.group(1) for found in _NAMES.finditer(self.item)}
        named = {name: text for name, text in kept.items() if name in in_path and isinstance(text, str)}
        read = {**read, **{name: text for name, text in named.items() if not read.get(name)}}
        read = {name: item for name, item in read.items() if name in block.attributes or name in block.blocks}
        settled = settle(block, read, kept)
        return {**settled, "id": self.place(self.id, settled, escape=False)}

    def own_labels(self, answer: Mapping[str, Any], kept: Value, name: str) -> dict[str, str] | None:
        """Of the cloud's labels those that Terraform put there; the others belong to somebody else."""
        ours = kept.get(name)
        if not isinstance(ours, dict):
            return None
        return {key: text for key, text in (answer.get("labels") or {}).items() if key in ours}

    def parameters(self, value: Value, query: Mapping[str, str] | None = None) -> dict[str, str]:
        """The query parameters of a request that writes."""
        named = self.query if query is None else query
        return {name: str(value[attribute]) for name, attribute in named.items() if value.get(attribute)}

    def changed(self, block: Block, prior: Value, planned: Value) -> list[str]:
        """The body's fields that an update changes, by their REST names."""
        names = [
            name
            for name, attribute in block.attributes.items()
            if not same_value(attribute, prior.get(name), planned.get(name))
        ]
        names += [
            name
            for name, nested in block.blocks.items()
            if nested.nesting != "single" and not same_blocks(nested, prior.get(name), planned.get(name))
        ]
        sent = [
            name
            for name in names
            if name not in self.fields.local | self.fields.unsent and not self._derived(block, name)
        ]
        places = (self.masks.get(name) or (self.fields.renamed.get(name) or camel(name),) for name in sent)
        return sorted({place for named in places for place in named})

    def fresh(self, api: Api, block: Block, planned: Value, written: Value) -> Value:
        """It as the cloud shows it after a write; `written` has what the plan did not know."""
        kept = {name: written.get(name) if item is UNKNOWN else item for name, item in planned.items()}
        found = self.read(api, block, {**kept, "id": written.get("id")})
        if found is None:
            raise ResourceError(f"Error reading {self.noun}: it is gone right after it was written")
        return found

    def place(self, template: str, value: Mapping[str, Any], *, escape: bool = True) -> str:
        """A path or id with the attributes' values in it. Slashes in a value stay, unless it is written {%name}."""

        def fill(match: re.Match[str]) -> str:
            text = str(value.get(match.group(1)) or "")
            return quote(text, safe="" if "%" in match.group(0) else "/@:*") if escape else text

        return _NAMES.sub(fill, template)

    def failed(self, doing: str, error: ApiError, about: str = "") -> ResourceError:
        """The provider's words for an error of the cloud."""
        named = f'{self.noun} "{about}"' if about else self.noun
        return ResourceError(f"Error {doing} {named}: {error}")

    def call(
        self,
        doing: str,
        api: Api,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        about: str = "",
    ) -> dict[str, Any]:
        """A request whose failure is this resource's; `about` is its id, where the message needs one."""
        try:
            return api.call(self.service, method, path, body, query)
        except ApiError as error:
            raise self.failed(doing, error, about) from error

    def _delete(self, api: Api, path: str, query: Mapping[str, str] | None = None) -> None:
        try:
            api.call(self.service, "DELETE", path, query=query)
        except ApiError as error:
            if error.status != 404:
                raise self.failed("deleting", error) from error

    def _derived(self, block: Block, name: str) -> bool:
        attribute = block.attributes.get(name)
        return (
            attribute is not None and attribute.computed and not attribute.optional and name not in self.fields.renamed
        )


def _pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{'.+' if part in _GREEDY else '[^/ ]+'})"
        for index, part in enumerate(parts)
    )


_GREEDY = frozenset({"name", "parent", "service_account_id"})
"""Names that may hold slashes: projects/p/locations/us/transferConfigs/id."""
