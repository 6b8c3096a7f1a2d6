"""Who is downstream of a change, from the SQL itself and from the agents' specifications."""

from __future__ import annotations

import pytest

from infra.catalog import load_catalog
from infra.plan import read_plan
from infra.plan.reach import Agent, Graph, Reach, read_agents
from sql import SqlSettings
from tests.contract.agent_facts import AGENTS, facts_of
from tests.plans import created, shown, updated


@pytest.fixture(scope="module")
def graph():
    return Graph(load_catalog(SqlSettings()), read_agents())


def reach(graph, address, **values):
    [one] = read_plan("s", shown(updated(address, {**values, "x": 1}, x=2))).changes
    return graph.reach(one)


def test_the_specifications_give_each_agents_queries_and_what_it_waits_for():
    found = {one.name: one for one in read_agents()}
    assert set(found) == set(AGENTS)
    for name in AGENTS:
        assert found[name].queries == facts_of(name).queries
    assert found["schedule_builder"].depends_on == {"performance_analyzer", "real_time_monitor", "caption_selector"}
    assert found["performance_analyzer"].depends_on == frozenset()


def test_without_specifications_there_are_no_agents(tmp_path):
    assert read_agents(tmp_path / "missing") == ()


def test_a_table_reaches_what_reads_it_and_what_reads_that(graph):
    found = reach(graph, "google_bigquery_table.caption_bandit_stats", table_id="caption_bandit_stats")
    assert {"select_captions_for_creator", "update_caption_performance"} <= set(found.routines)
    # daily_caption_update calls the procedure that writes the table, and counts its rows
    assert "daily_caption_update" in found.schedules
    assert "caption_selector" in found.agents
    assert (
        set(found.waiting) <= {"schedule_builder", "sheets_exporter", "orchestrator"}
        and "schedule_builder" in found.waiting
    )


def test_a_procedure_reaches_the_schedule_that_calls_it(graph):
    found = reach(graph, "google_bigquery_routine.update_caption_performance", routine_id="update_caption_performance")
    assert found == Reach(schedules=("daily_caption_update",))


def test_a_schedule_reaches_nobody(graph):
    assert reach(graph, "google_bigquery_data_transfer_config.health_check", display_name="health_check").is_empty


def test_a_view_reaches_those_who_select_from_it(graph):
    found = reach(graph, "google_bigquery_table.v", table_id="schedule_recommendations_with_messages")
    assert found.agents == ("sheets_exporter",)
    assert found.waiting == ("orchestrator",)


def test_the_dataset_reaches_everything(graph):
    found = reach(graph, "google_bigquery_dataset.eros", dataset_id="eros")
    assert len(found.routines) == 13 and len(found.schedules) == 3 and len(found.views) == 1
    assert set(found.agents) == set(AGENTS)


@pytest.mark.parametrize("address", ["google_project_iam_member.x", "google_bigquery_table.unheard_of"])
def test_what_is_not_in_the_sql_reaches_nobody(graph, address):
    assert reach(graph, address, table_id="unheard_of").is_empty


def test_agents_wait_in_chains():
    agents = (
        Agent("first", frozenset({"page_profiles"}), frozenset()),
        Agent("second", frozenset(), frozenset({"first"})),
        Agent("third", frozenset(), frozenset({"second"})),
        Agent("apart", frozenset(), frozenset()),
    )
    graph = Graph(load_catalog(SqlSettings()), agents)
    [one] = read_plan("s", shown(created("google_bigquery_table.creators", table_id="creators"))).changes
    found = graph.reach(one)
    assert (found.agents, found.waiting) == (("first",), ("second", "third"))
