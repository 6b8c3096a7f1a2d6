"""The schema of hashicorp/google as its installed cdktf bindings describe it.

The bindings were generated from the provider's own schema. Their JavaScript still tells each attribute's name and
type (the `...ToHclTerraform` functions), whether it must be given (a `reset...` method exists only for what may be left
out) and what only the cloud sets ("computed: true" comments). Not in there: what replaces a resource, defaults, what is
optional *and* computed, what is secret; those come from the overlay.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.errors import UsageError
from infra.local.provider.schema import Attribute, Block, NestedBlock, ProviderSchema

PREFIX = "google_"

_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.S | re.M)
_CLASS = re.compile(r"^class (\w+) extends cdktf\.\w+ \{(.*?)^\}", re.S | re.M)
_ARGUMENT = re.compile(
    r"^ +(\w+): \{\s*value: .*?,\s*isBlock: (true|false),\s*type: \"(\w+)\",\s*storageClassType: \"(\w+)\",\s*\}",
    re.S | re.M,
)
_COMPUTED = re.compile(r"// (\w+) - computed: true, optional: false, required: false$", re.M)
_VERSION = re.compile(r"providerVersion: '([\d.]+)'")
_GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
}
_MEMBERS = {
    "StringMap": ["map", "string"],
    "BooleanMap": ["map", "bool"],
    "NumberMap": ["map", "number"],
}
_SCALARS = {"string": "string", "number": "number", "boolean": "bool"}


def read(path: Path, types: Iterable[str]) -> ProviderSchema:
    """The provider's block and the resource types named, from the bindings' archive.

    Raises UsageError when the archive has no such type.
    """
    wanted = {"provider": "provider", **{_module(kind): kind for kind in types}}
    sources = _sources(path, wanted)
    missing = sorted(set(wanted.values()) - set(sources))
    if missing:
        raise UsageError("the google bindings lack a resource type", where=path.name, why=", ".join(missing))
    blocks = {kind: _Module(sources[kind]).main() for kind in wanted.values()}
    version = next(match.group(1) for text in sources.values() if (match := _VERSION.search(text)))
    return ProviderSchema(version, blocks.pop("provider"), blocks)


def _module(kind: str) -> str:
    return kind.removeprefix(PREFIX).replace("_", "-")


def _sources(path: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    sources: dict[str, str] = {}
    with tarfile.open(path) as archived:
        for member in archived:
            parts = member.name.split("/")
            if parts[:2] != ["package", "lib"] or parts[2] not in wanted or not member.name.endswith(".js"):
                continue
            content = archived.extractfile(member)
            if content is not None:
                kind = wanted[parts[2]]
                sources[kind] = sources.get(kind, "") + content.read().decode()
    return sources


class _Module:
    """The JavaScript of one resource type."""

    def __init__(self, text: str) -> None:
        self._arguments = {name.lower(): body for name, body in _FUNCTION.findall(text)}
        self._classes = dict(_CLASS.findall(text))
        self._name = next(
            name
            for name, extended in re.findall(r"^class (\w+) extends cdktf\.(\w+)", text, re.M)
            if extended in ("TerraformResource", "TerraformProvider")
        )

    def main(self) -> Block:
        """The block of the resource, or of the provider."""
        body = self._classes[self._name]
        block = self._block(body.split("synthesizeHclAttributes()")[-1], body)
        if self._name == "GoogleProvider":
            return Block({name: given for name, given in block.attributes.items() if name != "alias"}, block.blocks)
        return Block({**block.attributes, "id": Attribute("string", optional=True, computed=True)}, block.blocks)

    def _struct(self, name: str) -> Block:
        return self._block(self._arguments.get(name.lower(), ""), self._classes.get(f"{name}OutputReference", ""))

    def _block(self, arguments: str, body: str) -> Block:
        attributes: dict[str, Attribute] = dict(self._computed(body))
        blocks: dict[str, NestedBlock] = {}
        for name, is_block, kind, storage in _ARGUMENT.findall(arguments):
            required = f"reset{_pascal(name)}()" not in body
            if is_block == "true":
                blocks[name] = self._nested(name, kind, storage, body, required)
            else:
                attributes[name] = Attribute(self._type(kind, storage), required=required, optional=not required)
        return Block(attributes, blocks)

    def _nested(self, name: str, kind: str, storage: str, body: str, required: bool) -> NestedBlock:
        struct = re.sub(r"List$", "", storage)
        block = self._struct(struct)
        if name == "timeouts":
            return NestedBlock(block, "single")
        once = f'new {struct}OutputReference(this, "{name}")' in body
        nesting = "set" if kind == "set" else "list"
        return NestedBlock(block, nesting, min_items=int(required), max_items=int(once))

    def _type(self, kind: str, storage: str) -> Any:
        if kind == "simple":
            return _SCALARS[storage]
        element = re.sub(r"(List|Map)$", "", storage)
        return [kind, _SCALARS[element] if element in _SCALARS else self._object(element)]

    def _computed(self, body: str) -> Iterable[tuple[str, Attribute]]:
        for name in _COMPUTED.findall(body):
            yield name, Attribute(self._computed_type(name, body), computed=True)

    def _computed_type(self, name: str, body: str) -> Any:
        for getter, kind in _GETTERS.items():
            if f"{getter}('{name}')" in body:
                return kind
        made = re.search(rf'new (cdktf\.)?(\w+)\(this, "{name}"', body)
        if made and made.group(2) in _MEMBERS:
            return _MEMBERS[made.group(2)]
        if made and made.group(2).endswith("List"):
            return ["list", self._object(made.group(2).removesuffix("List"))]
        return "string"

    def _object(self, struct: str) -> Any:
        block = self._struct(struct)
        return ["object", {name: attribute.type for name, attribute in block.attributes.items()}]


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
