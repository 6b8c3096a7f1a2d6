"""Hashes, encodings and other functions of BYTES."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_strings import text_of
from infra.local.engine.rewrite.names import UnsupportedError
from infra.local.engine.rewrite.values import Value, runtime
from infra.local.engine.types import BYTES, INT64, STRING


def _as_bytes(node: exp.Expr, translator: Translator, name: str) -> Value:
    value = translator.value(node)
    return value if value.type == BYTES else coerce(value, STRING, f"Argument of {name}")


def _hash_hex(name: str, duck: str) -> Rule:
    """TO_HEX(MD5(x)): sqlglot joins the two into one node, and DuckDB's hashes are hexadecimal text already."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        return Value(f"{duck}({_as_bytes(node.this, translator, name).sql})", STRING)

    return rule


def _md5_bytes(node: exp.MD5Digest, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"unhex(md5({_as_bytes(node.this, translator, 'MD5').sql}))", BYTES)


def _sha_bytes(node: exp.SHA2Digest, translator: Translator) -> Value:
    return Value(f"unhex({_sha_hex(node, translator)})", BYTES)


def _sha_hex(node: exp.SHA2Digest, translator: Translator) -> str:
    only(node, "this", "length")
    if node.text("length") != "256":
        raise UnsupportedError(f"Function SHA{node.text('length')}")
    return f"sha256({_as_bytes(node.this, translator, 'SHA256').sql})"


def _sha1_bytes(node: exp.SHA1Digest, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"unhex(sha1({_as_bytes(node.this, translator, 'SHA1').sql}))", BYTES)


def _to_hex(node: exp.LowerHex, translator: Translator) -> Value:
    only(node, "this")
    if isinstance(node.this, exp.SHA2Digest):
        return Value(_sha_hex(node.this, translator), STRING)
    return Value(f"lower(hex({translator.typed(node.this, BYTES, 'Argument of TO_HEX').sql}))", STRING)


def _from_hex(node: exp.Unhex, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"unhex({text_of(node.this, translator, 'FROM_HEX').sql})", BYTES)


def _to_base64(node: exp.ToBase64, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"to_base64({translator.typed(node.this, BYTES, 'Argument of TO_BASE64').sql})", STRING)


def _farm_fingerprint(node: exp.FarmFingerprint, translator: Translator) -> Value:
    only(node, "expressions")
    value = _as_bytes(node.expressions[0], translator, "FARM_FINGERPRINT")
    source = value.sql if value.type == BYTES else f"encode({value.sql})"
    return Value(runtime("farm_fingerprint", source), INT64)


RULES: dict[type[exp.Expr], Rule] = {
    exp.MD5: _hash_hex("MD5", "md5"),
    exp.MD5Digest: _md5_bytes,
    exp.SHA1Digest: _sha1_bytes,
    exp.SHA2Digest: _sha_bytes,
    exp.LowerHex: _to_hex,
    exp.Unhex: _from_hex,
    exp.ToBase64: _to_base64,
    exp.FarmFingerprint: _farm_fingerprint,
}
