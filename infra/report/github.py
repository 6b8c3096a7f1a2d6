"""Puts a comment on a pull request through GitHub's REST API: the one that is there is changed in its place.

Every try begins by looking: a comment whose creation was answered by an error may exist all the same, and one that was
found may be deleted before it is changed. Only comments of our own account count, because anybody may write our marker.
Source of the waits: docs.github.com, "Rate limits for the REST API".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from infra.errors import AccessError, InfraError, UsageError
from infra.report.comment import Comment, Outcome
from infra.report.facts import printable
from infra.report.secrets import HIDDEN
from infra.web import Answer, Unanswered, Web

ATTEMPTS = 6
LONGEST_WAIT = 120.0
"""Seconds. Who has to wait longer is told so instead."""
LIMITED_WAIT = 60.0
"""Seconds to wait when GitHub limits us and does not say for how long."""
PAGE = 100
MOST_PAGES = 100
NOTHING = "none"
"""What was done with a comment that there is no need for."""
ACTIONS = "github-actions[bot]"
"""Whose comments are ours when the token is that of a workflow."""
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]+"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_PULL_REQUEST = re.compile(r"refs/pull/([0-9]+)/(?:merge|head)")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_NEXT = re.compile(r'<[^>]*>\s*;\s*rel="next"')


Done = TypeVar("Done")
Ask = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


@dataclass(frozen=True)
class Place:
    """A pull request, how it is reached, and as whom. The token shows up in no text made of this."""

    repository: str
    number: int
    token: str = field(repr=False)
    api: str = "https://api.github.com"
    author: str = ACTIONS


@dataclass(frozen=True)
class Posted:
    """What became of a comment: created, updated, as it was, or none because nothing changes. `notes` are oddities."""

    action: str
    url: str = ""
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {"action": self.action, "url": self.url, "notes": list(self.notes)}


class Again(InfraError):
    """What may go well the next time; `after` is how many seconds GitHub asks to wait, None when it does not say."""

    def __init__(self, what: str, *, after: float | None = None, **details: str) -> None:
        super().__init__(what, **details)
        self.after = after


def place_of(environment: Mapping[str, str]) -> Place:
    """The pull request that GITHUB_REPOSITORY and GITHUB_REF (or EROS_PULL_REQUEST) name, with GITHUB_TOKEN.

    Raises UsageError naming the variable that is missing or wrong.
    """
    token = environment.get("GITHUB_TOKEN", "").strip()
    if not token:
        _missing("GITHUB_TOKEN is not set")
    if not (token.isascii() and token.isprintable()) or " " in token:
        _missing("GITHUB_TOKEN is no token")
    repository = environment.get("GITHUB_REPOSITORY", "")
    if _REPOSITORY.fullmatch(repository) is None:
        _missing(f"GITHUB_REPOSITORY names no repository: {printable(repository)!r}")
    found = _PULL_REQUEST.fullmatch(environment.get("GITHUB_REF", ""))
    number = environment.get("EROS_PULL_REQUEST") or (found[1] if found else "")
    if _NUMBER.fullmatch(number) is None:
        _missing(f"no pull request: EROS_PULL_REQUEST is {printable(number)!r}, and GITHUB_REF names none")
    return Place(
        repository,
        int(number),
        token,
        (environment.get("GITHUB_API_URL") or Place.api).rstrip("/"),
        environment.get("EROS_COMMENT_AUTHOR") or ACTIONS,
    )


@dataclass(frozen=True)
class GitHub:
    """Comments and labels of one pull request. `backoff` is the longest wait, in seconds, that nobody asked for."""

    place: Place
    ask: Ask = field(default_factory=Web)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    backoff: float = 30.0

    def put(self, comment: Comment) -> Posted:
        """Create the target's comment or change it in its place, and set the target's label.

        Nothing is posted for a plan without changes, but a comment that is there is brought up to date. Labels are an
        extra: that they could not be set is a note. Raises AccessError for a token that may not do this, InfraError
        when GitHub keeps failing.
        """
        posted = self._retried(lambda: self._put(comment))
        if posted.action == NOTHING:
            return posted
        try:
            self._retried(lambda: self._label(comment))
        except InfraError as error:
            why = f": {error.why}" if error.why else ""
            note = f"the label {comment.label} was not set: {error.what}{why}"
            return Posted(posted.action, posted.url, (*posted.notes, note))
        return posted

    def _put(self, comment: Comment) -> Posted:
        ours = [one for one in self._comments() if self._is_ours(one, comment)]
        if not ours:
            return Posted(NOTHING) if comment.outcome is Outcome.UNCHANGED else self._create(comment)
        first, *others = ours
        ids = ", ".join(str(one["id"]) for one in others)
        two = f"{len(ours)} comments on {comment.target}: only the first is kept up to date, not {ids}"
        notes = (two,) if others else ()
        url = printable(str(first.get("html_url") or ""))
        if first["body"].rstrip() == comment.text.rstrip():
            return Posted("left as it was", url, notes)
        if self._send("PATCH", f"issues/comments/{first['id']}", {"body": comment.text}) is None:
            raise Again("the comment was deleted while it was changed", after=0)
        return Posted("updated", url, notes)

    def _create(self, comment: Comment) -> Posted:
        made = self._send("POST", self._of_issue("comments"), {"body": comment.text}) or {}
        author = printable(str((made.get("user") or {}).get("login") or ""))
        stranger = f"posted as {author}: set EROS_COMMENT_AUTHOR to that, or every run will post another comment"
        notes = () if author.casefold() == self.place.author.casefold() else (stranger,)
        return Posted("created", printable(str(made.get("html_url") or "")), notes)

    def _is_ours(self, found: Any, comment: Comment) -> bool:
        author = str((found.get("user") or {}).get("login") or "")
        is_well_formed = isinstance(found.get("id"), int) and isinstance(found.get("body"), str)
        by_us = author.casefold() == self.place.author.casefold()
        return is_well_formed and by_us and found["body"].startswith(comment.marker)

    def _label(self, comment: Comment) -> None:
        path = self._of_issue("labels")
        found = {str(one.get("name")) for one in self._pages(path)}
        for stale in sorted((found & comment.labels) - {comment.label}):
            self._send("DELETE", f"{path}/{quote(stale, safe='')}")
        if comment.label not in found:
            self._send("POST", path, {"labels": [comment.label]})

    def _of_issue(self, what: str) -> str:
        return f"issues/{self.place.number}/{what}"

    def _comments(self) -> Iterator[dict[str, Any]]:
        return self._pages(self._of_issue("comments"))

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every item, page by page. Only whether there is a next page is taken from the answer, never its address."""
        for page in range(1, MOST_PAGES + 1):
            answer = self._answer("GET", f"{path}?per_page={PAGE}&page={page}")
            if answer is None:
                raise AccessError(
                    f"{self.place.repository} has no pull request {self.place.number}, or the token may not see it",
                    where=self.place.api,
                    fix="permissions: pull-requests: write for the job, and GITHUB_REPOSITORY as it is called today",
                )
            items = _json(answer)
            if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
                raise Again("GitHub answered with something that is no list", where=path)
            yield from items
            if _NEXT.search(answer.headers.get("link", "")) is None:
                return
        raise InfraError(f"more than {MOST_PAGES * PAGE:,} items", where=path)

    def _send(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        answer = self._answer(method, path, content)
        if answer is None:
            return None
        found = _json(answer) if method != "DELETE" else {}
        return found if isinstance(found, dict) else {}

    def _answer(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Answer | None:
        """None for 404. Raises Again for what may pass, another InfraError for what will not."""
        url = f"{self.place.api}/repos/{self.place.repository}/{path}"
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.place.token}",
            "User-Agent": "eros-infra",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        body = None if content is None else json.dumps(content).encode()
        answer = self.ask(method, url, headers | ({"Content-Type": "application/json"} if body else {}), body)
        if answer.status == 404:
            return None
        if not 200 <= answer.status < 300:
            raise self._refusal(f"GitHub answered {method} {path} with {answer.status}", answer)
        return answer

    def _refusal(self, what: str, answer: Answer) -> InfraError:
        why = printable(_message(answer).replace(self.place.token, HIDDEN))[:500]
        limited = answer.status == 429 or (answer.status == 403 and _is_limited(answer, why))
        if limited or answer.status >= 500 or answer.status == 408:
            return Again(what, after=self._asked_wait(answer, limited), why=why)
        if answer.status == 401:
            return AccessError(what, why=why, fix="give GITHUB_TOKEN a token that is valid")
        if answer.status == 403:
            return AccessError(what, why=why, fix="permissions: pull-requests: write for the job that comments")
        if 300 <= answer.status < 400:
            why = why or "the repository has another name now"
            return InfraError(what, why=why, fix="set GITHUB_REPOSITORY and GITHUB_API_URL as they are today")
        return InfraError(what, why=why)

    def _asked_wait(self, answer: Answer, limited: bool) -> float | None:
        asked = _seconds(answer.headers.get("retry-after"))
        if asked is None and answer.headers.get("x-ratelimit-remaining") == "0":
            reset = _seconds(answer.headers.get("x-ratelimit-reset"))
            asked = None if reset is None else max(0.0, reset - self.now()) + 1
        return LIMITED_WAIT if asked is None and limited else asked

    def _retried(self, work: Callable[[], Done]) -> Done:
        backoff = wait_random_exponential(multiplier=1, max=self.backoff)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            after = getattr(error, "after", None)
            return float(backoff(state) if after is None else after)

        def is_passing(error: BaseException) -> bool:
            asked = getattr(error, "after", None) or 0.0
            return isinstance(error, Again | Unanswered) and asked <= LONGEST_WAIT

        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait,
            retry=retry_if_exception(is_passing),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(work)
        except (Again, Unanswered) as error:
            after = getattr(error, "after", None)
            error.fix = f"try again in {after:.0f} seconds" if after else "try again later; GITHUB_API_URL says where"
            raise


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        raise Again("GitHub's answer is no JSON, or broke off") from None


def _message(answer: Answer) -> str:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return answer.body[:500].decode(errors="replace")
    return str(found.get("message") or "") if isinstance(found, dict) else ""


def _is_limited(answer: Answer, why: str) -> bool:
    headers = answer.headers
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in why.lower()


def _seconds(text: str | None) -> float | None:
    return float(text[:12]) if text is not None and text.isascii() and text.isdecimal() else None


def _missing(what: str) -> NoReturn:
    raise UsageError(
        what,
        why="a comment goes to the pull request of a workflow's run",
        fix="set GITHUB_TOKEN, GITHUB_REPOSITORY and EROS_PULL_REQUEST, or write it to a file: --out FILE",
    )
