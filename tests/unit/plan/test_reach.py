"""Who is downstream of a change, from the SQL itself and from the agents' specifications."""

from __future__ import annotations

import pytest

from infra.plan import read_plan
from infra.plan.reach import Agent, Graph, Reach, read_agents
from sql import SqlSettings
from tests.contract.agent_facts import AGENTS, facts_of
from tests.plans import catalog, change, created, shown, unchanged, updated


@pytest.fixture(scope="module")
def graph():
    return Graph(catalog(), read_agents())


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
    assert found.tables == ()  # a table fills no other
    assert "caption_selector" in found.agents
    assert (
        set(found.waiting) <= {"schedule_builder", "sheets_exporter", "orchestrator"}
        and "schedule_builder" in found.waiting
    )


def test_a_table_reaches_the_readers_of_a_view_over_it(graph):
    """schedule_rows selects from the view alone, and the view from caption_bank."""
    found = reach(graph, "google_bigquery_table.caption_bank", table_id="caption_bank")
    assert "schedule_recommendations_with_messages" in found.views and "schedule_rows" in found.queries


def test_a_procedure_reaches_the_schedule_that_calls_it_and_the_readers_of_what_it_fills(graph):
    found = reach(graph, "google_bigquery_routine.update_caption_performance", routine_id="update_caption_performance")
    assert found.schedules == ("daily_caption_update",)
    # creator_lock is written too, but only to take turns
    assert found.tables == ("bandit_priors", "caption_bandit_stats")
    assert "select_captions" in found.queries and found.agents == ("caption_selector",)


def test_a_schedule_reaches_the_readers_of_what_it_fills_itself_or_by_a_procedure(graph):
    health = reach(graph, "google_bigquery_data_transfer_config.health_check", display_name="health_check")
    assert health == Reach(tables=("health_checks",))
    daily = reach(graph, "google_bigquery_data_transfer_config.daily", display_name="daily_caption_update")
    assert daily.tables == ("bandit_priors", "caption_bandit_stats") and daily.agents == ("caption_selector",)


RUNNER = "eros-runner@p.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("google_service_account.runner", {"account_id": "eros-runner", "project": "p"}),
        ("google_project_iam_member.runner", {"member": f"serviceAccount:{RUNNER}", "role": "roles/bigquery.jobUser"}),
        ("google_pubsub_topic.t", {"name": "eros-notifications"}),
    ],
)
def test_an_account_a_grant_and_a_topic_reach_the_schedules_that_use_them(address, values):
    schedules = [
        unchanged(
            f"google_bigquery_data_transfer_config.{name}",
            display_name=name,
            service_account_name=account,
            notification_pubsub_topic=topic,
        )
        for name, account, topic in (
            ("expired_lock_sweep", RUNNER, "projects/p/topics/eros-notifications"),
            ("daily_caption_update", "other@p.iam.gserviceaccount.com", None),
        )
    ]
    plan = read_plan("automation", shown(updated(address, {**values, "x": 1}, x=2), *schedules))
    graph = Graph(catalog(), read_agents(), plan.resources)
    found = graph.reach(plan.changes[0])
    # health_check reads the locks that the sweep ends; daily_caption_update runs as somebody else
    assert found.schedules == ("expired_lock_sweep", "health_check")
    assert found.tables == ("active_caption_assignments",)


def test_a_view_reaches_those_who_select_from_it(graph):
    found = reach(graph, "google_bigquery_table.v", table_id="schedule_recommendations_with_messages")
    assert found.agents == ("sheets_exporter",)
    assert found.waiting == ("orchestrator",)


def test_a_dataset_that_goes_reaches_everything(graph):
    def lost(name):
        [one] = read_plan("s", shown(change("google_bigquery_dataset.x", "delete", {"dataset_id": name}))).changes
        return graph.reach(one)

    ours = SqlSettings().dataset
    assert reach(graph, "google_bigquery_dataset.x", dataset_id=ours).is_empty and lost(f"{ours}_backups").is_empty
    found = lost(ours)
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
    graph = Graph(catalog(), agents)
    [one] = read_plan("s", shown(created("google_bigquery_table.creators", table_id="creators"))).changes
    found = graph.reach(one)
    assert (found.agents, found.waiting) == (("first",), ("second", "third"))
