"""What Terraform asks a provider, answered for hashicorp/google by schema, planning and the resource types."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from infra.errors import InfraError
from infra.local.provider import LABEL
from infra.local.provider.api import LOOPBACK, Api
from infra.local.provider.messages import ERROR, NESTING, message, reader, write
from infra.local.provider.overlay import load_schema
from infra.local.provider.planning import Defaults, Path, plan
from infra.local.provider.resources import KINDS
from infra.local.provider.resources.base import Kind, ResourceError
from infra.local.provider.schema import Block, ProviderSchema
from infra.local.provider.values import UNKNOWN, Value, decode, encode, from_state

_ENDPOINT = "_custom_endpoint"
_ENDPOINT_FORM = re.compile(r".*/[^/]+/$")


class Provider:
    """The methods of tfplugin6.Provider, by their names."""

    def __init__(self, load: Callable[[], ProviderSchema] = load_schema) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._loaded: ProviderSchema | None = None
        self._api = Api({})
        self._defaults = Defaults()

    @property
    def _schema(self) -> ProviderSchema:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def GetMetadata(self, request: Any) -> Any:
        return message(
            "GetMetadataResponse",
            server_capabilities=_capabilities(),
            resources=[message("TypeName", type_name=kind) for kind in KINDS],
        )

    def GetProviderSchema(self, request: Any) -> Any:
        schema = self._schema
        return message(
            "GetProviderSchemaResponse",
            provider=_schema_message(schema.provider, description=LABEL),
            resource_schemas=[
                message(
                    "NamedSchema", key=kind, value=_schema_message(block, version=schema.state_versions.get(kind, 0))
                )
                for kind, block in schema.resources.items()
            ],
            server_capabilities=_capabilities(),
        )

    def ValidateProviderConfig(self, request: Any) -> Any:
        config = decode(self._schema.provider, request.config.msgpack) or {}
        return message("ValidateProviderConfigResponse", diagnostics=list(_endpoint_faults(config)))

    def ValidateResourceConfig(self, request: Any) -> Any:
        block = self._schema.resources[request.type_name]
        config = decode(block, request.config.msgpack) or {}
        return message("ValidateResourceConfigResponse", diagnostics=list(_faults(block, config, ())))

    def ConfigureProvider(self, request: Any) -> Any:
        config = decode(self._schema.provider, request.config.msgpack) or {}
        faults = list(_endpoint_faults(config))
        if not faults:
            endpoints = {
                name.removesuffix(_ENDPOINT): url
                for name, url in config.items()
                if name.endswith(_ENDPOINT) and isinstance(url, str)
            }
            self._api = Api(endpoints, _text(config.get("access_token")) or "")
            self._defaults = Defaults(
                _text(config.get("project")),
                {key: text for key, text in (config.get("default_labels") or {}).items() if isinstance(text, str)},
                config.get("add_terraform_attribution_label") is not False,
            )
        return message("ConfigureProviderResponse", diagnostics=faults)

    def UpgradeResourceState(self, request: Any) -> Any:
        block = self._schema.resources[request.type_name]
        return message(
            "UpgradeResourceStateResponse", upgraded_state=_dynamic(block, from_state(block, request.raw_state.json))
        )

    def ReadResource(self, request: Any) -> Any:
        kind, block = self._kind(request)
        state = decode(block, request.current_state.msgpack)
        found = None if state is None else kind.read(self._api, block, state)
        return message("ReadResourceResponse", new_state=_dynamic(block, found), private=request.private)

    def PlanResourceChange(self, request: Any) -> Any:
        _, block = self._kind(request)
        proposed = decode(block, request.proposed_new_state.msgpack)
        if proposed is None:
            return message("PlanResourceChangeResponse", planned_state=request.proposed_new_state)
        prior = decode(block, request.prior_state.msgpack)
        config = decode(block, request.config.msgpack) or {}
        planned = plan(block, config, prior, proposed, self._defaults)
        return message(
            "PlanResourceChangeResponse",
            planned_state=_dynamic(block, planned.value),
            requires_replace=[_attribute_path(path) for path in planned.replace],
            planned_private=request.prior_private,
            legacy_type_system=True,
        )

    def ApplyResourceChange(self, request: Any) -> Any:
        kind, block = self._kind(request)
        prior, planned = (decode(block, part.msgpack) for part in (request.prior_state, request.planned_state))
        try:
            new, faults = self._apply(kind, block, prior, planned), []
        except ResourceError as error:
            # What exists is in the state: what was there before, or what was made before it failed.
            new, faults = error.made or prior, [_fault(error)]
        return message(
            "ApplyResourceChangeResponse",
            new_state=_dynamic(block, new),
            private=request.planned_private,
            diagnostics=faults,
            legacy_type_system=True,
        )

    def ImportResourceState(self, request: Any) -> Any:
        kind, block = self._kind(request)
        state = kind.identify(block, request.id, self._defaults.project)
        imported = message("ImportedResource", type_name=request.type_name, state=_dynamic(block, state))
        return message("ImportResourceStateResponse", imported_resources=[imported])

    def GetFunctions(self, request: Any) -> Any:
        return message("GetFunctionsResponse")

    def StopProvider(self, request: Any) -> Any:
        return message("StopProviderResponse")

    def _kind(self, request: Any) -> tuple[Kind, Block]:
        return KINDS[request.type_name], self._schema.resources[request.type_name]

    def _apply(self, kind: Kind, block: Block, prior: Value | None, planned: Value | None) -> Value | None:
        if planned is None:
            if prior is not None:
                kind.delete(self._api, block, prior)
            return None
        if prior is None:
            return kind.create(self._api, block, planned)
        return kind.update(self._api, block, prior, planned)


METHODS = (
    "GetMetadata",
    "GetProviderSchema",
    "ValidateProviderConfig",
    "ValidateResourceConfig",
    "ConfigureProvider",
    "UpgradeResourceState",
    "ReadResource",
    "PlanResourceChange",
    "ApplyResourceChange",
    "ImportResourceState",
    "GetFunctions",
    "StopProvider",
)


def answer(provider: Provider, method: str) -> Callable[[Any, Any], Any]:
    """The gRPC handler of a method: what goes wrong is told as a diagnostic, never as a broken connection."""

    def handle(request: Any, context: Any) -> Any:
        try:
            return getattr(provider, method)(request)
        except ResourceError as error:
            fault = _fault(error)
        except InfraError as error:
            fault = _diagnostic(error.what, "\n".join(str(error).splitlines()[1:]))
        except Exception as error:
            fault = _diagnostic(f"the stand-in provider failed in {method}: {type(error).__name__}: {error}", LABEL)
        return message(f"{method}Response", diagnostics=[fault])

    return handle


def request_reader(method: str) -> Any:
    """What reads the requests of a method."""
    return reader(f"{method}Request")


response_writer = write


def _dynamic(block: Block, value: Value | None) -> Any:
    return message("DynamicValue", msgpack=encode(block, value))


def _capabilities() -> Any:
    return message("ServerCapabilities", plan_destroy=True, get_provider_schema_optional=True)


def _schema_message(block: Block, description: str = "", version: int = 0) -> Any:
    return message("Schema", version=version, block=_block_message(block, description))


def _block_message(block: Block, description: str = "") -> Any:
    attributes = [
        message(
            "Attribute",
            name=name,
            type=json.dumps(given.type).encode(),
            required=given.required,
            optional=given.optional,
            computed=given.computed,
            sensitive=given.sensitive,
        )
        for name, given in sorted(block.attributes.items())
    ]
    blocks = [
        message(
            "NestedBlock",
            type_name=name,
            block=_block_message(nested.block),
            nesting=NESTING[nested.nesting],
            min_items=nested.min_items,
            max_items=nested.max_items,
        )
        for name, nested in sorted(block.blocks.items())
    ]
    return message("Block", attributes=attributes, block_types=blocks, description=description)


def _endpoint_faults(config: Value) -> Iterator[Any]:
    for name, url in config.items():
        if not name.endswith(_ENDPOINT) or not isinstance(url, str):
            continue
        if not _ENDPOINT_FORM.fullmatch(url):
            fix = "it has to end in a path and a slash, as in http://127.0.0.1:8080/v1/"
            yield _diagnostic(f"invalid value for {name}", fix, (name,))
        elif not _is_here(url):
            yield _diagnostic(f"{name} is not on this machine", LABEL, (name,))


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _faults(block: Block, config: Value, path: Path) -> Iterator[Any]:
    for name, attribute in block.attributes.items():
        value = config.get(name)
        if attribute.refused and value not in (None, False, []):
            yield _refused(name, path)
        if not isinstance(value, str):
            continue
        if attribute.one_of and value not in attribute.one_of:
            choices = " ".join(json.dumps(choice) for choice in attribute.one_of)
            yield _diagnostic(f"expected {name} to be one of [{choices}], got {value}", "", (*path, name))
        if attribute.same in ("json", "table_schema"):
            yield from _json_faults(name, value, attribute.same, (*path, name))
    for name, nested in block.blocks.items():
        items = config.get(name)
        if nested.refused and items:
            yield _refused(name, path)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict):
                yield from _faults(nested.block, item, (*path, name, index))


def _refused(name: str, path: Path) -> Any:
    return _diagnostic(f"{name} is not supported by the stand-in provider", LABEL, (*path, name))


def _json_faults(name: str, value: str, same: str, path: Path) -> Iterable[Any]:
    try:
        parsed = json.loads(value)
    except ValueError as error:
        return [_diagnostic(f'"{name}" contains an invalid JSON: {error}', "", path)]
    if same == "table_schema" and not (isinstance(parsed, list) and all(isinstance(item, dict) for item in parsed)):
        return [_diagnostic(f'"{name}" is not a JSON array of columns', "", path)]
    return []


def _fault(error: ResourceError) -> Any:
    return _diagnostic(str(error), error.detail, (error.attribute,) if error.attribute else ())


def _diagnostic(summary: str, detail: str = "", path: Path = ()) -> Any:
    diagnostic = message("Diagnostic", severity=ERROR, summary=summary, detail=detail)
    if path:
        diagnostic.attribute.CopyFrom(_attribute_path(path))
    return diagnostic


def _attribute_path(path: Path) -> Any:
    steps = [
        message(
            "AttributePathStep", **({"element_key_int": step} if isinstance(step, int) else {"attribute_name": step})
        )
        for step in path
    ]
    return message("AttributePath", steps=steps)


def _text(value: Any) -> str | None:
    return None if value is UNKNOWN else value
