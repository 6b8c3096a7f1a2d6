"""The ways through a statement tree leave nothing out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from infra.syntax import parse_script
from infra.syntax import script as tree
from infra.syntax.walk import Role, bodies, fragments, statements

EVERYTHING = """
DECLARE a, b INT64 DEFAULT d1;
SET a = d2;
SET (a, b) = (d3);
SET @@dataset_id = d4;
IF d5 THEN SELECT d6; ELSEIF d7 THEN SELECT d8; ELSE SELECT d9; END IF;
CASE d10 WHEN d11 THEN SELECT d12; ELSE SELECT d13; END CASE;
LOOP SELECT d14; BREAK; END LOOP;
WHILE d15 DO SELECT d16; END WHILE;
REPEAT SELECT d17; UNTIL d18 END REPEAT;
FOR r IN (SELECT d19) DO SELECT d20; END FOR;
BEGIN SELECT d21; EXCEPTION WHEN ERROR THEN RAISE USING MESSAGE = d22; END;
BEGIN TRANSACTION;
INSERT INTO t (a) VALUES (d23);
COMMIT TRANSACTION;
CALL p(d24, d25);
ASSERT d26 AS d27;
EXECUTE IMMEDIATE d28 USING d29;
CREATE PROCEDURE p(x INT64) OPTIONS (strict_mode = d30) BEGIN SELECT d31; END;
CREATE FUNCTION f(x INT64) RETURNS INT64 AS (d32);
CREATE TABLE FUNCTION g(x INT64) AS (SELECT d33);
CREATE TABLE t (c INT64 DEFAULT d34) PARTITION BY d35 OPTIONS (description = d36) AS SELECT d37;
CREATE VIEW v OPTIONS (description = d38) AS SELECT d39;
ALTER TABLE t SET OPTIONS (description = d40), ADD COLUMN c INT64 DEFAULT d41;
DELETE FROM t WHERE d42;
DROP TABLE t;
"""


def all_fragments(node: object) -> Iterator[tree.Fragment]:
    """Every fragment of a tree, found by its fields; types and the options of columns are no SQL that runs."""
    if isinstance(node, tree.Fragment):
        yield node
    elif isinstance(node, list | tuple):
        for one in node:
            yield from all_fragments(one)
    elif isinstance(node, dict):
        yield from all_fragments(list(node.values()))
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            if field.name not in ("type", "returns", "columns", "parameters"):
                yield from all_fragments(getattr(node, field.name))
            elif field.name == "columns":
                yield from all_fragments([one.default for one in getattr(node, field.name)])


def test_every_fragment_is_given_once() -> None:
    script = parse_script(EVERYTHING)
    given = [fragment for one in statements(script) for _, fragment in fragments(one)]
    assert {fragment.text for fragment in all_fragments(script)} <= {fragment.text for fragment in given}
    text = " ".join(fragment.text for fragment in given)
    for number in range(1, 43):
        assert text.split().count(f"d{number}") + text.count(f"(d{number})") == 1, number


def test_fragments_stand_where_they_say() -> None:
    for statement in statements(parse_script(EVERYTHING)):
        for _, fragment in fragments(statement):
            assert EVERYTHING[fragment.start : fragment.start + len(fragment.text)] == fragment.text


def test_roles() -> None:
    roles = {fragment.text: role for one in statements(parse_script(EVERYTHING)) for role, fragment in fragments(one)}
    assert [roles[text] for text in ("SELECT d6", "SELECT d19", "SELECT d33", "SELECT d37", "SELECT d39")] == [
        Role.QUERY
    ] * 5
    assert roles["DELETE FROM t WHERE d42"] is roles["INSERT INTO t (a) VALUES (d23)"] is Role.CHANGE
    assert roles["d35"] is Role.PARTITION
    assert roles["d32"] is roles["d34"] is roles["d5"] is Role.EXPRESSION


def test_a_handler_comes_after_its_block_s_body() -> None:
    (block,) = parse_script("BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELECT 2; SELECT 3; END")
    assert [[one.text for one in body] for body in bodies(block)] == [["SELECT 1"], ["SELECT 2", "SELECT 3"]]
