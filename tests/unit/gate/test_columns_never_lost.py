"""Whatever else a plan changes, a column that is lost, narrowed or made required does not pass the gate."""

from __future__ import annotations

import copy
import json

from hypothesis import assume, given
from hypothesis import strategies as st

from infra.gate import ReviewContext, review
from tests.plans import column, fields_of, shown, table, unchanged, updated

ADDRESS = "google_bigquery_table.creators"


def paths_to(fields, at=()):
    """The way to every list of fields that has one."""
    for position, one in enumerate(fields):
        yield (*at, position)
        yield from paths_to(one.get("fields") or [], (*at, position))


def list_and_place(fields, path):
    for position in path[:-1]:
        fields = fields[position]["fields"]
    return fields, path[-1]


def lose(fields, place):
    del fields[place]


def rename(fields, place):
    fields[place] = {**fields[place], "name": "renamed"}


def narrow(fields, place):
    fields[place] = {**fields[place], "type": "BYTES" if fields[place]["type"] != "BYTES" else "BOOL"}


def require(fields, place):
    assume(fields[place]["mode"] != "REQUIRED")
    fields[place] = {**fields[place], "mode": "REQUIRED"}


def flatten(fields, place):
    assume(fields[place]["mode"] == "REPEATED")
    fields[place] = {**fields[place], "mode": "NULLABLE"}


@given(
    fields_of(2),
    st.sampled_from([lose, rename, narrow, require, flatten]),
    st.data(),
    fields_of(1),
    st.dictionaries(st.sampled_from(["description", "clustering", "friendly_name"]), st.text(max_size=5)),
)
def test_a_loss_never_passes_whatever_else_changes(before, harm, data, added, arguments):
    places = list(paths_to(before))
    assume(places)
    after = copy.deepcopy(before)
    harm(*list_and_place(after, data.draw(st.sampled_from(places))))
    after += [{**one, "name": f"new_{one['name']}", "mode": "NULLABLE"} for one in added]
    if data.draw(st.booleans()):
        after.reverse()
    plan = updated(ADDRESS, table(*before), schema=json.dumps(after), **arguments)
    verdicts = review({"warehouse": shown(plan)}, ReviewContext()).verdicts
    assert ("columns", ADDRESS) in {(one.rule, one.address) for one in verdicts.refused}


@given(fields_of(2), fields_of(1), st.booleans())
def test_additions_alone_pass(before, added, is_reversed):
    after = copy.deepcopy(before) + [{**one, "name": f"new_{one['name']}", "mode": "NULLABLE"} for one in added]
    plan = updated(ADDRESS, table(*before), schema=json.dumps(after[::-1] if is_reversed else after))
    assert review({"warehouse": shown(plan)}, ReviewContext()).verdicts.refused == ()


def test_an_unchanged_table_passes():
    assert review({"warehouse": shown(unchanged(ADDRESS, **table(column("a"))))}, ReviewContext()).verdicts.passed
