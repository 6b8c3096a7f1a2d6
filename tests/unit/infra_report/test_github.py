"""The comment's way to GitHub, against one on loopback that fails in every way it can."""

from __future__ import annotations

import json
import traceback

import pytest

from infra.errors import AccessError, InfraError, UsageError
from infra.report.comment import Comment, Outcome, marker
from infra.report.github import ATTEMPTS, LIMITED_WAIT, LONGEST_WAIT, PAGE, GitHub, place_of
from infra.web import Unanswered, Web
from tests.github_stub import REPOSITORY, TOKEN, US, Fault, github

HEAD = marker("staging")


def comment(outcome=Outcome.CHANGES, text="the plan"):
    return Comment("staging", outcome, f"{HEAD}{outcome.value} -->\n{text}\n")


@pytest.fixture
def stub():
    with github() as found:
        yield found
        assert found.tokens <= {f"Bearer {TOKEN}"}


class Clock:
    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(stub, clock):
    return GitHub(stub.place, Web(silence=2), sleep=clock.sleep, now=lambda: 1_000_000.0)


def test_the_first_comment_is_created_and_labelled(stub, client):
    posted = client.put(comment())
    assert (posted.action, posted.notes) == ("created", ())
    assert posted.url == f"https://github.com/{REPOSITORY}/pull/7#issuecomment-1"
    assert stub.bodies == [comment().text] and stub.labels == ["staging/changes"]


def test_the_next_plan_changes_the_same_comment_in_its_place_and_its_label(stub, client):
    stub.labels = ["bug", "prod/changes"]
    client.put(comment())
    posted = client.put(comment(Outcome.REFUSED, "worse"))
    assert posted.action == "updated"
    assert stub.bodies == [comment(Outcome.REFUSED, "worse").text]
    assert stub.labels == ["bug", "prod/changes", "staging/refused"]


def test_the_same_plan_again_writes_nothing(stub, client):
    client.put(comment())
    stub.asked.clear()
    assert client.put(comment()).action == "left as it was"
    assert stub.asked == ["GET comments", "GET labels"]


def test_each_target_has_a_comment_of_its_own(stub, client):
    client.put(comment())
    client.put(Comment("prod", Outcome.CHANGES, f"{marker('prod')}changes -->\nx\n"))
    assert len(stub.comments) == 2 and sorted(stub.labels) == ["prod/changes", "staging/changes"]


def test_nothing_is_posted_when_nothing_changes(stub, client):
    assert client.put(comment(Outcome.UNCHANGED)).action == "none"
    assert stub.asked == ["GET comments"] and stub.labels == []


def test_a_comment_that_is_there_is_told_that_nothing_changes_any_more(stub, client):
    client.put(comment())
    assert client.put(comment(Outcome.UNCHANGED, "No changes")).action == "updated"
    assert stub.bodies == [comment(Outcome.UNCHANGED, "No changes").text]
    assert stub.labels == ["staging/no-changes"]


def test_our_comment_is_found_on_a_later_page(stub, client):
    for number in range(2 * PAGE):
        stub.add(f"chatter {number}", "somebody")
    ours = stub.add(f"{HEAD}changes -->\nold")
    assert client.put(comment()).action == "updated"
    assert stub.comments[ours]["body"] == comment().text
    assert stub.asked.count("GET comments") == 3  # 201 comments


def test_of_two_comments_the_first_is_changed_and_the_other_named(stub, client):
    first, second = stub.add(f"{HEAD}changes -->\na"), stub.add(f"{HEAD}changes -->\nb")
    posted = client.put(comment())
    assert posted.notes == (f"2 comments on staging: only the first is kept up to date, not {second}",)
    assert stub.comments[first]["body"] == comment().text and stub.comments[second]["body"].endswith("b")


@pytest.mark.parametrize(
    ("body", "login"),
    [
        (f"{HEAD}changes -->\nI write what I like", "somebody"),
        (f"see {HEAD}changes -->", US),
        (f"{marker('staging2')}changes -->", US),
        (None, US),
    ],
)
def test_what_is_not_ours_is_left_alone(stub, client, body, login):
    stub.add(body, login)
    assert client.put(comment()).action == "created"
    assert stub.bodies == [body, comment().text]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize("what", ["GET comments", "POST comments", "GET labels", "POST labels"])
def test_a_failing_server_is_asked_again(stub, client, clock, what, status):
    stub.faults[what] = [Fault(status), Fault(status, body=b"<html>oh no")]
    client.put(comment())
    assert stub.bodies == [comment().text] and stub.labels == ["staging/changes"]
    assert len(clock.slept) == 2 and all(0 <= one <= 4 for one in clock.slept)


@pytest.mark.parametrize("fault", [Fault(500, done=True), Fault(done=True, cut=True), Fault(seconds=2.6, done=True)])
def test_a_comment_that_was_created_though_the_answer_was_lost_is_not_created_twice(stub, client, fault):
    stub.faults["POST comments"] = [fault]
    client.put(comment())
    assert stub.bodies == [comment().text]


@pytest.mark.parametrize("what", ["GET comments", "PATCH comments", "GET labels"])
def test_a_body_that_breaks_off_is_no_answer(stub, client, what):
    stub.add(f"{HEAD}changes -->\nold")
    stub.faults[what] = [Fault(cut=True)]
    client.put(comment())
    assert stub.bodies == [comment().text] and stub.labels == ["staging/changes"]


def test_an_answer_that_is_no_list_is_no_answer(stub, client):
    stub.add(f"{HEAD}changes -->\nold")
    stub.faults["GET comments"] = [Fault(200, body=b"{}"), Fault(200, body=b"[1]"), Fault(200, body=b"null")]
    assert client.put(comment()).action == "updated" and len(stub.comments) == 1


def test_a_comment_that_is_deleted_between_the_list_and_the_change_is_created_anew(stub, client, clock):
    stub.add(f"{HEAD}changes -->\nold")
    stub.faults["PATCH comments"] = [Fault(first=lambda one: one.comments.clear())]
    assert client.put(comment()).action == "created"
    assert stub.bodies == [comment().text] and clock.slept == [0]


LIMITS = [
    # status, headers, body, seconds that are waited
    (429, {"Retry-After": "17"}, b"{}", 17),
    (403, {"Retry-After": "3"}, b"{}", 3),
    (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000040"}, b"{}", 41),  # now is 1,000,000, and one more
    (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "900000"}, b"{}", 1),
    (403, {}, b'{"message": "You have exceeded a secondary rate limit"}', LIMITED_WAIT),
    (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"{}", LIMITED_WAIT),
    (503, {"Retry-After": "5"}, b"{}", 5),
]


@pytest.mark.parametrize(("status", "headers", "body", "seconds"), LIMITS)
def test_a_limit_is_waited_out_for_as_long_as_github_asks(stub, client, clock, status, headers, body, seconds):
    stub.faults["GET comments"] = [Fault(status, headers, body)]
    assert client.put(comment()).action == "created"
    assert clock.slept == [seconds]


def test_who_would_have_to_wait_too_long_is_told_so_at_once(stub, client, clock):
    stub.faults["GET comments"] = [Fault(403, {"Retry-After": f"{LONGEST_WAIT + 1:.0f}"})]
    with pytest.raises(InfraError) as caught:
        client.put(comment())
    assert caught.value.fix == "try again in 121 seconds" and clock.slept == [] and stub.comments == {}


def test_a_server_that_keeps_failing_is_given_up(stub, client, clock):
    stub.faults["GET comments"] = [Fault(500)] * 20
    with pytest.raises(InfraError, match="with 500") as caught:
        client.put(comment())
    assert caught.value.exit_code == 1 and caught.value.why == "a fault"
    assert stub.asked == ["GET comments"] * ATTEMPTS and len(clock.slept) == ATTEMPTS - 1


def test_a_silent_server_is_given_up(stub, clock):
    stub.faults["GET comments"] = [Fault(seconds=0.4)] * 20
    client = GitHub(stub.place, Web(silence=0.1), sleep=clock.sleep)
    with pytest.raises(Unanswered, match="was not answered"):
        client.put(comment())
    assert len(clock.slept) == ATTEMPTS - 1 and stub.comments == {}


def test_an_answer_that_trickles_for_ever_is_given_up(stub):
    stub.faults["GET comments"] = [Fault(200, body=b"[" + b" " * 200 + b"]", pace=0.05)]
    url = f"{stub.url}/repos/{REPOSITORY}/issues/7/comments?per_page=1&page=1"
    with pytest.raises(Unanswered) as caught:
        Web(silence=5, whole=0.2)("GET", url, {"Authorization": f"Bearer {TOKEN}"})
    assert "TimeoutError" in caught.value.why


def test_a_body_that_breaks_off_where_it_could_have_ended_is_no_answer(stub):
    stub.faults["GET comments"] = [Fault(200, body=b"[]" + b" " * 40, cut=True)]
    with pytest.raises(Unanswered, match="was not answered"):
        Web()("GET", f"{stub.url}/repos/{REPOSITORY}/issues/7/comments", {"Authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize(
    ("status", "what", "fix"),
    [
        (401, "with 401", "GITHUB_TOKEN"),
        (403, "with 403", "pull-requests: write"),
        (404, "has no pull request 7", "pull-requests"),
    ],
)
def test_who_may_not_is_told_what_to_do_and_asked_no_second_time(stub, client, status, what, fix):
    stub.faults["GET comments"] = [Fault(status)] * 2
    with pytest.raises(AccessError, match=what) as caught:
        client.put(comment())
    assert fix in caught.value.fix and caught.value.exit_code == 4 and stub.asked == ["GET comments"]


def test_a_comment_that_github_refuses_is_told_in_its_words(stub, client):
    stub.faults["POST comments"] = [Fault(422, body=b'{"message": "Validation Failed: body is too long"}')]
    with pytest.raises(InfraError) as caught:
        client.put(comment())
    assert caught.value.why == "Validation Failed: body is too long" and stub.comments == {}


def test_a_redirect_is_not_followed_with_the_token(stub, client):
    with github() as elsewhere:
        stub.faults["GET comments"] = [Fault(301, {"Location": f"{elsewhere.url}/repos/new/name"})]
        with pytest.raises(InfraError, match="301") as caught:
            client.put(comment())
        assert elsewhere.asked == [] and "GITHUB_REPOSITORY" in caught.value.fix


def test_labels_that_cannot_be_set_are_a_note(stub, client):
    stub.faults["POST labels"] = [Fault(403, body=b'{"message": "Resource not accessible"}')]
    posted = client.put(comment())
    assert posted.action == "created" and stub.bodies == [comment().text]
    assert posted.notes == (
        "the label staging/changes was not set: GitHub answered POST issues/7/labels with 403: Resource not accessible",
    )


def test_a_label_that_somebody_else_took_away_meanwhile_is_no_error(stub, client):
    stub.labels = ["staging/refused"]
    stub.faults["DELETE labels"] = [Fault(first=lambda one: one.labels.clear())]
    assert client.put(comment()).notes == () and stub.labels == ["staging/changes"]


def test_a_stranger_to_itself_is_told_how_to_find_its_comments_again(stub, client):
    own = {"id": 9, "user": {"login": "eros-bot"}, "html_url": "u"}
    stub.faults["POST comments"] = [Fault(201, body=json.dumps(own).encode())]
    assert "EROS_COMMENT_AUTHOR" in client.put(comment()).notes[0]


FAULTS = [
    Fault(401, body=f'{{"message": "bad credentials: Bearer {TOKEN}"}}'.encode()),
    Fault(403, body=f"<html>{TOKEN}".encode()),
    Fault(500, body=TOKEN.encode()),
    Fault(422, body=f'{{"message": "{TOKEN}"}}'.encode()),
    Fault(302, {"Location": f"https://x.example/?token={TOKEN}"}),
    Fault(200, body=f"[{TOKEN}".encode()),
    Fault(200, body=b"[" * 90, cut=True),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_token_is_in_no_error_whatever_the_server_says(stub, client, fault, capfd):
    stub.faults["GET comments"] = [fault] * ATTEMPTS
    with pytest.raises(InfraError) as caught:
        client.put(comment())
    told = [str(caught.value), json.dumps(caught.value.as_dict()), repr(caught.value), repr(client), str(stub.place)]
    told += traceback.format_exception(caught.value)
    told += capfd.readouterr()
    assert TOKEN not in "\n".join(told)


def test_nobody_listening_is_an_error_without_the_token(clock):
    with github() as gone:
        place = gone.place
    with pytest.raises(Unanswered) as caught:
        GitHub(place, Web(silence=0.2), sleep=clock.sleep).put(comment())
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) and len(clock.slept) == ATTEMPTS - 1


GIVEN = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_REF": "refs/pull/7/merge"}


def test_the_place_is_read_from_what_a_workflow_sets():
    place = place_of({**GIVEN, "GITHUB_API_URL": "https://ghe.example/api/v3/"})
    assert (place.repository, place.number, place.token) == (REPOSITORY, 7, TOKEN)
    assert (place.api, place.author) == ("https://ghe.example/api/v3", US)
    assert place_of({**GIVEN, "GITHUB_REF": "refs/heads/main", "EROS_PULL_REQUEST": "12"}).number == 12
    assert place_of(GIVEN).api == "https://api.github.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TOKEN", ""),
        ("GITHUB_TOKEN", "two words"),
        ("GITHUB_TOKEN", "a\nX-Evil: 1"),
        ("GITHUB_REPOSITORY", "acme"),
        ("GITHUB_REPOSITORY", "acme/../x"),
        ("GITHUB_REPOSITORY", "acme/eros?x=1"),
        ("GITHUB_REPOSITORY", "../eros"),
        ("GITHUB_REF", "refs/heads/main"),
        ("EROS_PULL_REQUEST", "0"),
        ("EROS_PULL_REQUEST", "7/labels"),
        ("EROS_PULL_REQUEST", "٧"),
    ],
)
def test_a_place_that_is_none_is_named_by_its_variable(name, value):
    with pytest.raises(UsageError) as caught:
        place_of({**GIVEN, name: value})
    assert ("pull request" if name == "GITHUB_REF" else name) in caught.value.what and "--out FILE" in caught.value.fix
    assert (TOKEN not in str(caught.value) and value not in str(caught.value)) or name != "GITHUB_TOKEN" or not value


@pytest.mark.parametrize(
    "api", ["http://api.github.com", "ftp://x", "https://user:pw@x.example", "file:///etc/passwd", "x"]
)
def test_the_token_goes_to_no_address_in_the_clear(api, clock):
    with pytest.raises(UsageError, match="a token may be sent"):
        GitHub(place_of({**GIVEN, "GITHUB_API_URL": api}), sleep=clock.sleep).put(comment())
    assert clock.slept == []
