"""Terraform's plugin messages, built at run time from a compact table.

The field numbers are those of Terraform's public protocol definition, docs/plugin-protocol/tfplugin6.8.proto, and of
go-plugin's internal/plugin/*.proto. What differs is invisible on the wire: nested messages are flattened
(GetMetadata.Request is GetMetadataRequest), enumerations are integers, a map is a repeated key and value. All fields
keep track of presence, because an AttributePath step of 0 is not the same as no step.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ERROR, WARNING = 1, 2
"""Diagnostic severities."""

NESTING = {"single": 1, "list": 2, "set": 3}
"""Schema.NestedBlock.NestingMode."""

SERVING = 1
"""grpc.health.v1.HealthCheckResponse.ServingStatus."""

_TABLE = """
DynamicValue: msgpack=1 bytes, json=2 bytes
Diagnostic: severity=1 int32, summary=2 string, detail=3 string, attribute=4 AttributePath
AttributePath: steps=1 *AttributePathStep
AttributePathStep: attribute_name=1 string, element_key_string=2 string, element_key_int=3 int64
RawState: json=1 bytes
Schema: version=1 int64, block=2 Block
Block: version=1 int64, attributes=2 *Attribute, block_types=3 *NestedBlock, description=4 string
Attribute: name=1 string, type=2 bytes, description=3 string, required=4 bool, optional=5 bool, computed=6 bool,\
 sensitive=7 bool
NestedBlock: type_name=1 string, block=2 Block, nesting=3 int32, min_items=4 int64, max_items=5 int64
NamedSchema: key=1 string, value=2 Schema
ServerCapabilities: plan_destroy=1 bool, get_provider_schema_optional=2 bool, move_resource_state=3 bool
TypeName: type_name=1 string

GetMetadataRequest:
GetMetadataResponse: server_capabilities=1 ServerCapabilities, diagnostics=2 *Diagnostic, resources=4 *TypeName
GetProviderSchemaRequest:
GetProviderSchemaResponse: provider=1 Schema, resource_schemas=2 *NamedSchema, diagnostics=4 *Diagnostic,\
 server_capabilities=6 ServerCapabilities
ValidateProviderConfigRequest: config=1 DynamicValue
ValidateProviderConfigResponse: diagnostics=2 *Diagnostic
ValidateResourceConfigRequest: type_name=1 string, config=2 DynamicValue
ValidateResourceConfigResponse: diagnostics=1 *Diagnostic
UpgradeResourceStateRequest: type_name=1 string, version=2 int64, raw_state=3 RawState
UpgradeResourceStateResponse: upgraded_state=1 DynamicValue, diagnostics=2 *Diagnostic
ConfigureProviderRequest: terraform_version=1 string, config=2 DynamicValue
ConfigureProviderResponse: diagnostics=1 *Diagnostic
ReadResourceRequest: type_name=1 string, current_state=2 DynamicValue, private=3 bytes
ReadResourceResponse: new_state=1 DynamicValue, diagnostics=2 *Diagnostic, private=3 bytes
PlanResourceChangeRequest: type_name=1 string, prior_state=2 DynamicValue, proposed_new_state=3 DynamicValue,\
 config=4 DynamicValue, prior_private=5 bytes
PlanResourceChangeResponse: planned_state=1 DynamicValue, requires_replace=2 *AttributePath, planned_private=3 bytes,\
 diagnostics=4 *Diagnostic, legacy_type_system=5 bool
ApplyResourceChangeRequest: type_name=1 string, prior_state=2 DynamicValue, planned_state=3 DynamicValue,\
 config=4 DynamicValue, planned_private=5 bytes
ApplyResourceChangeResponse: new_state=1 DynamicValue, private=2 bytes, diagnostics=3 *Diagnostic,\
 legacy_type_system=4 bool
ImportResourceStateRequest: type_name=1 string, id=2 string
ImportedResource: type_name=1 string, state=2 DynamicValue, private=3 bytes
ImportResourceStateResponse: imported_resources=1 *ImportedResource, diagnostics=2 *Diagnostic
GetFunctionsRequest:
GetFunctionsResponse: diagnostics=2 *Diagnostic
StopProviderRequest:
StopProviderResponse: Error=1 string

HealthCheckRequest: service=1 string
HealthCheckResponse: status=1 int32
ConnInfo: service_id=1 uint32, network=2 string, address=3 string
StdioData: channel=1 int32, data=2 bytes
Empty:
"""

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "eros.tfplugin"
_SCALARS = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "bool": _FIELD.TYPE_BOOL,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "uint32": _FIELD.TYPE_UINT32,
}


def _described(name: str, fields: str) -> descriptor_pb2.DescriptorProto:
    message = descriptor_pb2.DescriptorProto(name=name)
    for entry in filter(None, (field.strip() for field in fields.split(","))):
        label, kind = entry.split()
        field, number = label.split("=")
        repeated = kind.startswith("*")
        kind = kind.removeprefix("*")
        described = message.field.add(
            name=field,
            number=int(number),
            label=_FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL,
            type=_SCALARS.get(kind, _FIELD.TYPE_MESSAGE),
        )
        if kind not in _SCALARS:
            described.type_name = f".{_PACKAGE}.{kind}"
    return message


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="eros_tfplugin.proto", package=_PACKAGE, syntax="proto2")
    for line in filter(None, _TABLE.splitlines()):
        name, fields = line.split(":", 1)
        file.message_type.append(_described(name, fields))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{message.name}"))
        for message in file.message_type
    }


_CLASSES = _build()


def message(name: str, /, **fields: Any) -> Any:
    """A new message. Raises KeyError for an unknown name, ValueError for an unknown field."""
    return _CLASSES[name](**fields)


def parse(name: str, data: bytes) -> Any:
    """The message that `data` is."""
    return _CLASSES[name].FromString(data)


def reader(name: str) -> Any:
    """What gRPC deserialises a request with."""
    return _CLASSES[name].FromString


def write(sent: Any) -> bytes:
    """What gRPC serialises a response with."""
    data: bytes = sent.SerializeToString()
    return data
