"""The cost rule: what may rise by itself, what needs a reason, and what becomes of the reason."""

from __future__ import annotations

import pytest

from infra.catalog import Template, build_catalog
from infra.dry_runs import DryRun
from infra.gate import ReviewContext, read_allowances, review
from sql import SqlSettings, constants
from sql.origins import TracedText
from tests.plans import shown, updated

TIB = 1024**4
SWEEP, HEALTH = (f"google_bigquery_data_transfer_config.{name}" for name in ("sweep", "health"))
QUOTA = "google_cloud_quotas_quota_preference.day"


@pytest.fixture(scope="module")
def catalog():
    text = "CREATE TABLE IF NOT EXISTS `p.d.sends` (page_name STRING)"
    return build_catalog([Template("tables/sends", TracedText(text, (0,), ((),)))], SqlSettings())


def read(address, before, after):
    """A daily query that read so many dollars' worth, and will read so many."""
    queries = [
        {"schedule": "every day 10:07", "display_name": address, "params": {"query": f"SELECT {one} FROM `p.d.sends`"}}
        for one in (before, after)
    ]
    return updated(address, queries[0], **queries[1])


def judged(catalog, *changes, allow=()):
    def ask(text):
        # $6.25 a TiB
        return DryRun(bytes=round(float(text.split()[1]) / 6.25 * TIB))

    context = ReviewContext(catalog=catalog, dry_run=ask, allowances=read_allowances(allow))
    return review({"automation": shown(*changes)}, context).verdicts


def test_the_limit_is_a_dollar_a_day():
    assert constants()["cost"]["rise_without_reason"] == 1


def test_a_small_rise_passes(catalog):
    assert judged(catalog, read(SWEEP, 1, 1.99)).passed


def test_a_rise_over_the_limit_is_refused_with_the_way_to_allow_it(catalog):
    [refused] = judged(catalog, read(SWEEP, 1, 2.5)).refused
    assert (refused.rule, refused.address, refused.allowable) == ("cost", SWEEP, True)
    assert refused.reason == "$1.00 -> $2.50 a day, estimated; all rises together may be $1.00"
    assert f"--allow 'cost:{SWEEP}=" in refused.fix


def test_small_rises_are_summed(catalog):
    refused = judged(catalog, read(SWEEP, 1, 1.6), read(HEALTH, 1, 1.6)).refused
    assert {one.address for one in refused} == {SWEEP, HEALTH}


def test_a_saving_does_not_pay_for_a_rise(catalog):
    assert [one.address for one in judged(catalog, read(SWEEP, 9, 1), read(HEALTH, 1, 3)).refused] == [HEALTH]


def test_a_given_reason_lets_it_pass_and_is_recorded(catalog):
    verdicts = judged(catalog, read(SWEEP, 1, 5), allow=[f"cost:{SWEEP}=it now reads the whole year"])
    assert verdicts.passed
    [(finding, allowance)] = verdicts.allowed
    assert (finding.address, allowance.reason) == (SWEEP, "it now reads the whole year")
    assert verdicts.as_dict()["allowed"][0]["allowed_because"] == "it now reads the whole year"


def test_a_reason_for_one_is_none_for_another(catalog):
    verdicts = judged(
        catalog, read(SWEEP, 1, 5), read(HEALTH, 1, 3), allow=[f"cost:{SWEEP}=it now reads the whole year"]
    )
    assert [one.address for one in verdicts.refused] == [HEALTH]


def test_what_is_allowed_does_not_use_up_the_limit_of_the_others(catalog):
    verdicts = judged(
        catalog, read(SWEEP, 1, 5), read(HEALTH, 1, 1.5), allow=[f"cost:{SWEEP}=it now reads the whole year"]
    )
    assert verdicts.passed


def quota(before, after):
    def side(mib):
        return {"quota_id": "QueryUsagePerDay", "quota_config": [{"preferred_value": mib}]}

    return updated(QUOTA, side(before), **side(after))


def test_a_cap_that_is_raised_needs_a_reason_because_it_can_be_used_up(catalog):
    [refused] = judged(catalog, quota("1677721", "16777216")).refused
    assert refused.reason.startswith("$10.00 -> $100.00 a day")
    assert judged(catalog, quota("16777216", "1677721")).passed


@pytest.mark.parametrize("gone", [None, "-1"])
def test_a_cap_that_is_gone_or_without_end_needs_a_reason(catalog, gone):
    [refused] = judged(catalog, quota("1677721", gone)).refused
    assert "cannot be told" in refused.reason and refused.allowable


def test_a_script_whose_cost_cannot_be_told_needs_a_reason(catalog):
    before = {"schedule": "every day 10:07", "display_name": "x", "params": {"query": "SELECT 1"}}
    change = updated(SWEEP, before, params={"query": "EXECUTE IMMEDIATE 'SELECT 1'"})
    [refused] = judged(catalog, change).refused
    assert "EXECUTE IMMEDIATE" in refused.reason
    assert judged(catalog, change, allow=[f"cost:{SWEEP}=only ever run by hand"]).passed
