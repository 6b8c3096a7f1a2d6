"""What the comment says of itself, and what must not stand in it."""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.commands import comment as command
from infra.errors import ConflictError, RefusedError, UsageError
from infra.gate import ReviewContext, review
from infra.report import comment
from infra.report import json as as_json
from infra.report.comment import Outcome, marker
from infra.report.markdown import LIMIT, Run, escaped
from infra.report.secrets import HIDDEN, everywhere, known_secrets, without_secrets
from tests.github_stub import REPOSITORY, TOKEN, github
from tests.plans import change, created, shown, table, unchanged, updated
from tests.unit.infra_report.test_terminal_and_json import printed

NOBODY = Run()


def of(*changes, run=NOBODY, secrets=(), **context):
    context = {"environment": "staging", "provider": "hashicorp/google", **context}
    return comment.of_review(review({"warehouse": shown(*changes)}, ReviewContext(**context)), run, secrets)


OLD = table({"name": "a", "type": "STRING"}, {"name": "b", "type": "STRING"})
OUTCOMES = [
    ([unchanged("google_bigquery_table.t", **OLD)], Outcome.UNCHANGED),
    ([updated("google_bigquery_table.t", OLD, friendly_name="x")], Outcome.CHANGES),
    ([change("google_bigquery_table.t", "delete", OLD, None)], Outcome.REFUSED),
    ([change("google_bigquery_table.t", "update", OLD, table({"name": "a", "type": "STRING"}))], Outcome.REFUSED),
]


@pytest.mark.parametrize(("changes", "outcome"), OUTCOMES)
def test_a_comment_begins_with_its_marker_and_names_how_the_plan_came_out(changes, outcome):
    made = of(*changes)
    assert made.outcome is outcome and made.label == f"staging/{outcome.value}" and made.label in made.labels
    assert made.text.startswith(f"<!-- eros-infra plan of staging: {outcome.value} -->\n### Plan for staging")
    assert made.text.startswith(made.marker)
    assert comment.read(made.text, "file") == made


def test_a_loss_that_the_gate_lets_pass_is_labelled_as_one():
    # The gate refuses every loss today; the label does not rely on it.
    found = review({"warehouse": shown(change("google_bigquery_table.t", "delete", OLD, None))}, ReviewContext())
    passed = type(found.verdicts)(found.verdicts.rules)
    assert comment.outcome_of(type(found)(found.plan, passed, found.details, found.reaches, ())) is Outcome.DESTROYS


def test_a_target_whose_name_would_end_the_marker_is_refused():
    with pytest.raises(UsageError, match="cannot be a target's name"):
        of(environment="x --><b>")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "### Plan",
        f"x{marker('staging')}changes -->\n",
        f"{marker('staging')}fine -->\n",
        f"{marker('a b')}changes -->\n",
    ],
)
def test_another_text_is_not_posted(text):
    with pytest.raises(UsageError, match="no plan's comment"):
        comment.read(text, "file")


def test_a_text_that_github_would_refuse_is_refused_before():
    first = f"{marker('staging')}changes -->\n"
    assert comment.read(first + "x" * (LIMIT - 1 - len(first)), "file").target == "staging"
    with pytest.raises(UsageError, match="too long"):
        comment.read(first + "x" * (LIMIT - len(first)), "file")


RUN = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_RUN_ID": "42",
    "GITHUB_SHA": "a" * 40,
}


def test_the_run_is_linked_under_the_title():
    run = comment.run_of({**RUN, "EROS_COMMIT": "b" * 40})
    assert run == Run("https://github.com/acme/eros/actions/runs/42", "b" * 40)
    lines = of(created("google_bigquery_table.t", **OLD), run=run).text.splitlines()
    assert lines[3] == f'<a href="{run.link}">The run</a> · commit {"b" * 40}'
    assert comment.run_of(RUN).commit == "a" * 40 and comment.run_of({}) == NOBODY


@pytest.mark.parametrize(
    ("name", "value"),
    [("GITHUB_SERVER_URL", "javascript:x"), ("GITHUB_REPOSITORY", 'a/"b'), ("GITHUB_RUN_ID", "1/../2")],
)
def test_a_run_that_is_not_well_formed_is_not_linked(name, value):
    assert comment.run_of({**RUN, name: value}).link == ""
    assert comment.run_of({**RUN, "GITHUB_SHA": "main'"}).commit == ""


def test_a_plan_that_could_not_be_made_is_told_with_its_reason():
    error = RefusedError("not synthesised", where="log", why="a | ``` b\n</details> @c", fix="keep `x` #777")
    made = comment.of_failure("staging", error, NOBODY)
    assert made.outcome is Outcome.REFUSED and "**There is no plan.** not synthesised." in made.text
    assert f"- {escaped('a | ``` b')}\n- {escaped('</details> @c')}\n" in made.text
    assert f"**What to do**: {escaped('keep `x` #777')}" in made.text and "#777" not in made.text
    printed_by_another = comment.of_failure("staging", ConflictError("x", why="a | ``` b\n</details> @c\n" * 6), NOBODY)
    assert "\n````\na | ``` b\n</details> @c\n" in printed_by_another.text
    assert comment.of_failure("staging", ConflictError("locked"), NOBODY).outcome is Outcome.FAILED
    wide = comment.of_failure("a", ConflictError("|" * 9000, where="|" * 9000, why="|" * 6000, fix="|" * 9000), NOBODY)
    assert len(wide.text) < LIMIT  # six characters for each: 6 * (1000 + 1000 + 6000 + 1000) = 54,000
    long = comment.of_failure("staging", ConflictError("é" * 70_000, why="|\n" * 70_000, fix="`" * 70_000), NOBODY)
    assert len(long.text) < LIMIT and "lines are left out here" in long.text


CANARIES = {
    "a private key": "-----BEGIN PRIVATE KEY-----\nCANARYcanary0123456789+/=\nxyz\n-----END PRIVATE KEY-----",
    "the beginning of one": "-----BEGIN RSA PRIVATE KEY-----\nCANARYcanary0123456789",
    "the middle of one": "key:\n" + "CANARY0123" * 6 + "ABCD\nend",
    "a GitHub token": "ghs_CANARYcanaryCANARYcanary0123456789",
    "a fine-grained one": "github_pat_11CANARY0abcdefghijk_CANARYabcdefghij",
    "a Google access token": "ya29.CANARY-abcdefghijklmnopqrstu",
    "a Google API key": "AIzaCANARYabcdefghijklmnopqrstuvwxyz012",
    "a Google client secret": "GOCSPX-CANARYabcdefghijklmnopq",
    "an AWS key": "AKIACANARY0123456789",
    "a Slack token": "xoxb-CANARY-0123456789",
    "a Slack webhook": "https://hooks.slack.com/services/T0CANARY/B0/abc",
    "a web token": "eyJCANARYabcdef.eyJCANARYabcdef.CANARYsig",
    "a bearer": "Authorization: Bearer CANARY.abcdefghijklmnop",
    "a password in an address": "postgres://admin:CANARYpw@db.example/x",
    "a named literal": "DECLARE db_password STRING DEFAULT 'x'; SET api_key = 'CANARY-key'",
    "a named one in JSON": '{"client_secret": "CANARY-value"}',
}


@pytest.mark.parametrize("text", CANARIES.values(), ids=CANARIES)
def test_no_report_shows_what_looks_like_a_secret(text):
    body = f"SELECT 1;\n{text}\n;"
    before = {"routine_id": "r", "routine_type": "PROCEDURE", "definition_body": "BEGIN END", "description": "x"}
    plan = [
        updated("google_bigquery_routine.r", before, definition_body=body, description=body),
        updated("google_bigquery_table.t", OLD, friendly_name=text, description=body),
    ]
    found = review({"warehouse": shown(*plan)}, ReviewContext(environment="staging"))
    made = comment.of_review(found, NOBODY)
    assert "canary" in body.lower() and HIDDEN in made.text
    for report in (made.text, printed(found, verbose=True), as_json.render(found)):
        assert "canary" not in report.lower()
        assert "stand-in" in report or "warehouse" in report
    failed = comment.of_failure("staging", ConflictError(text, where=text, why=body, fix=text), NOBODY).text
    assert "canary" not in failed.lower() and failed.count(HIDDEN) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "SELECT token, secret FROM t WHERE api_key = @api_key AND password IS NULL",
        "https://cloud.google.com/bigquery/docs/x and runner@project.iam.gserviceaccount.com",
        "SUM(IF(purchased_count > 0, 1, 0)) OVER (PARTITION BY page_name ORDER BY sending_time)",
        "sched_20261130_rosa_kitchen_paid_v1 " + "a1" * 32,
        "the bearer of news: secret: none",
    ],
)
def test_ordinary_text_is_left_as_it_is(text):
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "+a",
        "a1A+/",
        "secret",
        "eyJ-",
        "password='",
        "://a:",
        "-----BEGIN PRIVATE ",
        "bearer ",
        "ya29.a-",
        "xoxb-",
        "A1_",
    ],
)
def test_a_text_that_is_made_to_take_long_does_not(text):
    started = time.process_time()
    without_secrets(text * (400_000 // len(text)) + "_")
    assert time.process_time() - started < 4  # what is quadratic takes minutes


@given(st.text())
def test_what_is_masked_once_stays_as_it_is(text):
    once = without_secrets(text)
    assert without_secrets(once) == once and everywhere({"a": [text, 1, None]}) == {"a": [once, 1, None]}


def test_secrets_of_the_process_are_known_by_their_variables_and_taken_out_in_every_form():
    known = known_secrets(
        {"X_TOKEN": "s#cret|_x", "Y_SECRET": "short", "PATH": "/usr/bin:/bin", "PASSWORD": "s#cret|_x1"}
    )
    assert known == ("s#cret|_x1", "s#cret|_x")
    before = {"routine_id": "r", "routine_type": "PROCEDURE", "definition_body": "BEGIN END"}
    plan = [
        updated("google_bigquery_routine.r", before, definition_body="BEGIN 's#cret|_x1' 's#cret|_x' END"),
        updated("google_bigquery_table.t", OLD, friendly_name="s#cret|_x"),
    ]
    assert escaped("s#cret|_x") in of(*plan).text and "s#cret|_x" in of(*plan).text
    text = of(*plan, secrets=known).text
    assert "cret" not in text.replace(HIDDEN, "") and text.count(HIDDEN) >= 3


@pytest.fixture
def workflow(monkeypatch):
    """What GitHub sets in a pull request's run."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "EROS_")):
            monkeypatch.delenv(name)
    with github() as stub:
        given = {"TOKEN": TOKEN, "REPOSITORY": REPOSITORY, "API_URL": stub.url, "REF": "refs/pull/7/merge"}
        for name, value in given.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        yield stub


@pytest.fixture
def plan(monkeypatch, tmp_path):
    """Plans the given changes, or fails as told, without Terraform."""
    monkeypatch.setenv("EROS_HOME", str(tmp_path / "home"))

    def planned(*changes, error=None):
        def run(site, *about):
            if error is not None:
                raise error
            found = review({"warehouse": shown(*changes)}, ReviewContext(environment=site.name, provider="stand-in"))
            return type("Outcome", (), {"review": found})()

        monkeypatch.setattr(command, "run_deployment", run)

    return planned


def called(capsys, *arguments):
    """(exit code, stdout, stderr) of `eros-infra comment`."""
    import sys

    from infra import cli

    sys.argv[1:], before = ["comment", *arguments], sys.argv[1:]
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.argv[1:] = before
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_posts_the_plan_and_says_where(workflow, plan, capsys):
    plan(updated("google_bigquery_table.t", OLD, friendly_name=f"x {TOKEN}"))
    code, out, err = called(capsys)
    url = "https://github.com/acme/eros/pull/7#issuecomment-1"
    assert (code, out, err) == (0, f"local/changes: comment created {url}\n", "")
    assert (
        workflow.bodies[0].startswith("<!-- eros-infra plan of local: changes -->") and TOKEN not in workflow.bodies[0]
    )
    code, out, _ = called(capsys, "--json")
    assert json.loads(out) == {
        "target": "local",
        "outcome": "changes",
        "label": "local/changes",
        "action": "left as it was",
        "url": url,
        "notes": [],
    }


def test_a_refused_plan_is_commented_on_and_ends_with_3(workflow, plan, capsys):
    plan(change("google_bigquery_table.t", "delete", OLD, None))
    code, out, err = called(capsys)
    assert code == 3 and "local/refused: comment created" in out and "the gate refuses" in err
    assert "[!CAUTION]" in workflow.bodies[0] and workflow.labels == ["local/refused"]
    assert called(capsys, "--json")[0] == 3


def test_a_plan_that_fails_is_commented_on_and_ends_as_it_failed(workflow, plan, capsys):
    plan(error=ConflictError("somebody else deploys", where="state", fix="wait"))
    code, _, err = called(capsys)
    assert code == 5 and "somebody else deploys" in err
    assert "**There is no plan.** somebody else deploys." in workflow.bodies[0] and workflow.labels == ["local/failed"]


def test_what_one_job_renders_another_posts_without_planning(workflow, plan, capsys, tmp_path, monkeypatch):
    file = tmp_path / "comment.md"
    plan(change("google_bigquery_table.t", "delete", OLD, None))
    monkeypatch.delenv("GITHUB_TOKEN")
    code, out, _ = called(capsys, "--out", str(file))
    assert code == 3 and f"local/refused: {file}" in out and workflow.asked == []
    plan(error=AssertionError("planned again"))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    assert called(capsys, "--from", str(file))[0] == 0
    assert workflow.bodies == [file.read_text()]
    code, _, err = called(capsys, "--from", str(file), "--target", "prod")
    assert code == 2 and "the comment is on local, not on prod" in err and len(workflow.comments) == 1


@pytest.mark.parametrize(
    "arguments",
    [["--from", "nowhere.md"], ["--from", "a", "--out", "b"], ["--out", "nowhere/x/y.md"], ["--target", "moon"]],
)
def test_a_wrong_use_is_told_and_nothing_is_posted(workflow, plan, capsys, arguments):
    plan(updated("google_bigquery_table.t", OLD, friendly_name="x"))
    code, out, err = called(capsys, *arguments)
    assert code == 2 and out == "" and "error: " in err and workflow.asked == []


def test_without_a_token_nothing_is_planned(workflow, plan, capsys, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    plan(error=AssertionError("planned"))
    code, _, err = called(capsys)
    assert code == 2 and "GITHUB_TOKEN is not set" in err and "--out FILE" in err


def test_the_token_is_nowhere_in_what_the_command_says(workflow, plan, capsys):
    from tests.github_stub import Fault

    plan(updated("google_bigquery_table.t", OLD, friendly_name="x"))
    workflow.faults["GET comments"] = [Fault(401, body=TOKEN.encode()), Fault(401, body=TOKEN.encode())]
    for options in ([], ["--json"]):
        code, out, err = called(capsys, *options)
        assert code == 4 and TOKEN not in out + err and HIDDEN in out + err
