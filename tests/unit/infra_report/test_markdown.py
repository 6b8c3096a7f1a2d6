"""The comment, read back by a Markdown parser: nothing that a plan names may become anything but text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from infra.gate import ReviewContext, review
from infra.report import markdown
from infra.report.markdown import LONGEST, LONGEST_DIFF, Run, code, escaped, fenced
from tests.plans import change, created, fixture, shown, table, unchanged, updated

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(r"</?(details|summary|code|sub|br|a href=\"[^\"<>]*\")>")
HOSTILE = [
    "```",
    "` `` ``` ````",
    "| a | b |",
    "</details><details><summary>x</summary>",
    "<script>alert(1)</script>",
    "<!-- gone",
    "[x](https://example.com)",
    "![x](https://example.com/x.png)",
    "@somebody and user@example.com",
    "# heading\n- item\n> quote\n---",
    "**bold** _it_ ~~no~~ $x$ :+1: &amp; \\",
    "\x1b[2J\u202eevil\u2066\x00",
    "https://example.com www.example.com",
    "#1 GH-2 owner/repo#3 https://github.com/owner/repo/issues/4 :rocket:",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.lists(st.sampled_from(HOSTILE)).map("".join))


def tokens(text):
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def seen(text):
    """What a reader sees of a text that holds nothing but words and our own <code>."""
    found = list(tokens(text))
    assert {one.type for one in found} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
        "html_inline",
    }
    assert all(OURS.fullmatch(one.content) for one in found if one.type == "html_inline")
    return "".join(one.content for one in found if one.type in ("text", "text_special"))


@given(TEXTS)
@example("@a @b x@y")
def test_escaped_text_is_nothing_but_text(text):
    shown_text = seen(f"x{escaped(text)}x").replace("\u200b", "")
    assert shown_text == f"x{' '.join(markdown.printable(text).split())}x"


@given(TEXTS)
def test_escaped_text_stays_in_its_table_cell(text):
    parsed = list(tokens(f"| a | b |\n|---|---|\n| {escaped(text)} | {code(text)} |\n"))
    assert sum(one.type == "td_open" for one in parsed) == 2
    assert sum(one.type == "tr_open" for one in parsed) == 2


@given(st.lists(TEXTS, max_size=5))
def test_a_fence_holds_whatever_is_inside(lines):
    parsed = list(PARSER.parse(f"{fenced(lines, 'diff')}\n\nafter"))
    assert [one.type for one in parsed] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert parsed[0].content.count("\n") == max(1, len(lines))


def test_nobody_is_called_by_a_plan():
    # GitHub looks for @name after it has rendered: only a character between the two stops it.
    assert html.unescape(escaped("ask @somebody")) == "ask @\u200bsomebody"
    assert html.unescape(escaped("runner@project.iam")) == "runner@project.iam"


LIVE = re.compile(r"(?<![A-Za-z0-9])@\w|#\d|\bgh-\d|://|\bwww\.|:[\w+-]+:", re.IGNORECASE)
"""What GitHub turns into mentions, references, links and pictures once the Markdown is text."""


@given(TEXTS)
@example("GH-1:+1:#2@a://www.b")
def test_github_finds_nothing_in_escaped_text(text):
    assert LIVE.search(seen(f"x {escaped(text)} x")) is None


@pytest.mark.parametrize("text", ["@a", "#1", "GH-1", "gh-1", "https://a", "www.a", ":+1:"])
def test_what_github_finds_is_known_to_the_test_above(text):
    assert LIVE.search(f"x {text} x")
    assert html.unescape(escaped(text)).replace("\u200b", "") == text


def commented(*changes, provider="stand-in", phases=(), **more):
    return markdown.render(review({"warehouse": shown(*changes, **more)}, ReviewContext(provider=provider)), phases)


@given(TEXTS, TEXTS)
def test_a_hostile_plan_adds_no_structure(name, text):
    def of(name, text):
        before = {"routine_id": name, "routine_type": "PROCEDURE", "definition_body": "BEGIN END", "description": "x"}
        address = f"google_bigquery_routine.{name}"
        return commented(
            change(
                address, "update", before, {**before, "definition_body": f"BEGIN\n{text}\nEND", "description": text}
            ),
            change(f"google_bigquery_table.{name}", "delete", table(description=text), None),
        )

    def structure(comment):
        found = [one for one in tokens(comment) if one.type != "text" and one.type != "text_special"]
        return [(one.type, one.content if one.type.startswith("html") else "") for one in found]

    def skeleton(comment):
        return [
            (kind, re.sub(r"<code>.*?</code>.*?</summary>", "<code/></summary>", content, flags=re.DOTALL))
            for kind, content in structure(comment)
        ]

    plain, hostile = of("plain", "words"), of(name, text)
    if " ".join(markdown.printable(text).split()) not in ("", "x", "END", "BEGIN"):
        assert skeleton(hostile) == skeleton(plain)


def test_what_would_be_lost_comes_first():
    comment = commented(
        created("google_bigquery_table.new", **table()),
        change("google_bigquery_table.creators", "delete", table(), None),
    )
    lines = comment.splitlines()
    assert lines[2:5] == [
        "> [!CAUTION]",
        "> **This plan destroys:**",
        f"> - {code('google_bigquery_table.creators')} in warehouse: delete, 0 columns",
    ]
    order = [
        comment.index(one)
        for one in (
            "destroys",
            "1 destroyed, 1 created",
            "The gate refuses",
            "| - &nbsp;".replace(" &", "&"),
            "<details>",
        )
    ]
    assert order == sorted(order)


def test_a_plan_of_the_stand_in_says_so_and_another_names_its_provider():
    assert "> [!NOTE]\n> Made with the stand-in provider" in commented(created("google_bigquery_table.new", **table()))
    real = commented(created("google_bigquery_table.new", **table()), provider="hashicorp/google")
    assert "stand-in" not in real and "Made with hashicorp/google." in real
    assert "a provider that nobody named" in commented(provider="")


def test_nothing_to_do_is_said_in_few_words():
    comment = commented(unchanged("google_bigquery_table.t", **table()))
    assert "No changes" in comment and "<details>" not in comment and "| object" not in comment


@pytest.mark.parametrize("name", ["warehouse_harmless", "warehouse_harmful"])
def test_a_real_plan_fits_whole(name):
    review_ = review({"warehouse": fixture(name)}, ReviewContext(provider="stand-in"))
    comment = markdown.render(review_)
    assert comment.count("<details>") == comment.count("</details>") > 0
    assert all(code(one.change.address) in comment for one in review_.details)
    assert "left out" not in comment


def test_the_objections_name_rule_reason_resource_and_remedy():
    comment = html.unescape(markdown.render(review({"warehouse": fixture("warehouse_harmful")}, ReviewContext())))
    assert (
        "- **columns** column is_active lost: BOOL: <code>google_bigquery_table.creators in warehouse</code>" in comment
    )
    assert "→ leave is_active in sql/tables as it is" in comment


def test_a_comment_that_is_too_long_keeps_head_and_tail_and_says_what_is_missing():
    body = "\n".join(f"SELECT {number};" for number in range(4000))
    changes = [
        updated(f"google_bigquery_routine.r{number}", {"definition_body": "x", "routine_id": "r"}, definition_body=body)
        for number in range(6)
    ]
    lost = change("google_bigquery_table.creators", "delete", table(), None)
    comment = commented(*changes, lost)
    assert len(comment) <= 65_536 and len(comment.encode()) <= 65_536
    # each diff takes a little more than LONGEST_DIFF = 12,000: of 60,000 less the head four fit, beside the deletion
    assert "**2 of the details are left out**" in comment
    assert comment.startswith("### Plan for local") and "[!CAUTION]" in comment[:200]
    assert comment.rstrip().endswith("</sub>")
    assert comment.count("<details>") == comment.count("</details>") == 5


def test_a_long_diff_keeps_its_first_and_last_lines_and_says_how_many_are_missing():
    body = "\n".join(f"SELECT {number};" for number in range(1000, 5000))
    comment = commented(
        updated("google_bigquery_routine.r", {"definition_body": "x", "routine_id": "r"}, definition_body=body)
    )
    lines = comment.splitlines()
    cut = next(number for number, line in enumerate(lines) if "lines are left out here" in line)
    left_out = int(re.search(r"@@ ([\d,]+) lines are left out here @@", lines[cut])[1].replace(",", ""))
    first, last = (int(re.search(r"SELECT (\d+);", lines[cut + step])[1]) for step in (-1, 1))
    assert last - first - 1 == left_out
    assert "+SELECT 1000;" in lines and "+SELECT 4999;" in lines
    # "+SELECT 1000;" and its line end are 14 bytes: two thirds of 12,000 hold 571 of them, less the lines before them
    assert 560 <= first - 1000 < 571 and len("\n".join(lines[cut - 600 : cut + 300]).encode()) < LONGEST_DIFF + 200


def test_a_lost_column_is_a_loss_though_terraform_calls_it_an_update():
    before = table({"name": "kept", "type": "STRING"}, {"name": "gone", "type": "STRING"})
    after = table({"name": "kept", "type": "STRING"})
    comment = commented(
        change("google_bigquery_table.a", "update", {**before, "friendly_name": "a"}, {**before, "friendly_name": "b"}),
        change("google_bigquery_table.b", "update", before, after),
    )
    assert f"> - {code('google_bigquery_table.b')} in warehouse: column gone lost&#58; STRING" in comment
    rows = [line for line in comment.splitlines() if line.startswith("| ~")]
    assert ["table.b" in row for row in rows] == [True, False]  # the worst first, not by name


def test_many_new_objects_are_collapsed_and_counted_while_what_changes_stays_in_sight():
    new = [created(f"google_bigquery_table.new{number}", **table()) for number in range(13)]
    changed = (
        table({"name": "a", "type": "STRING"}),
        table({"name": "a", "type": "STRING"}, {"name": "b", "type": "STRING"}),
    )
    comment = commented(
        *new,
        change("google_bigquery_table.old", "update", *changed),
        updated("google_bigquery_table.described", table(), description="x"),
    )
    summary = "1 to update in nothing but labels and descriptions, 13 to create"
    assert f"<details><summary>{summary}</summary>" in comment
    assert comment.index("google_bigquery_table.old") < comment.index(summary)
    assert comment.index("google_bigquery_table.described") > comment.index(summary)
    assert "to create" not in commented(*new[:12])


@pytest.mark.parametrize("long_name", ["x" * 40, "é|`" * 400])
def test_however_many_are_lost_the_comment_fits(long_name):
    changes = [
        change(f"google_bigquery_table.{long_name}{number}", "delete", table(description=long_name), None)
        for number in range(200)
    ]
    phases = [{"phase": long_name, "seconds": 1, "outcome": "ok", "note": long_name}] * 200
    comment = commented(*changes, phases=phases)
    assert len(comment.encode()) <= LONGEST + 500
    assert "more are not shown" in comment and comment.rstrip().endswith("</sub>")


def test_phases_of_a_deployment_are_a_table():
    phases = [
        {"phase": "plan", "seconds": 3.25, "outcome": "ok", "note": "5 stacks"},
        {"phase": "apply", "outcome": "failed"},
    ]
    comment = commented(phases=phases)
    assert "| plan | ok | 3.2 s | 5 stacks |" in comment and "| apply | failed |  |  |" in comment


def test_a_link_must_be_https():
    found = review({"warehouse": shown(created("google_bigquery_table.new", **table()))}, ReviewContext())
    rendered = markdown.render(found, run=Run("https://ci.example/a_b/runs/1", "0123abc"))
    assert rendered.splitlines()[2] == '<a href="https://ci.example/a_b/runs/1">The run</a> · commit 0123abc'
    for link in ("javascript:alert(1)", "http://ci.example/1", 'https://ci.example/"><b>', "https://ci.example/1\n"):
        assert "href" not in markdown.render(found, run=Run(link))
