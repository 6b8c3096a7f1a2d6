"""What a review is given: last week's bill is good to have, and a plan is none the worse without it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from infra.dry_runs import Spent
from infra.errors import AccessError, InfraError
from infra.release import reviewing

SITE = SimpleNamespace(client=None, environment=SimpleNamespace(sql=None), now=lambda: None)


def test_the_bill_of_last_week_is_passed_on(monkeypatch):
    spent = {"health_check": Spent(1.0, 2.0)}
    monkeypatch.setattr(reviewing, "spent_last_week", lambda *_: spent)
    assert reviewing._last_week(SITE) == spent


@pytest.mark.parametrize(("error", "raised"), [(AccessError, False), (InfraError, True)])
def test_a_list_of_jobs_that_may_not_be_read_is_no_failure(monkeypatch, error, raised):
    def refuse(*_):
        raise error("no")

    monkeypatch.setattr(reviewing, "spent_last_week", refuse)
    if raised:
        with pytest.raises(InfraError):
            reviewing._last_week(SITE)
    else:
        assert reviewing._last_week(SITE) == {}
