"""The origin map: the marks change no text, and each character is traced to the line that wrote it."""

import re
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql import Place, SqlError, SqlSettings, TracedText, names, origin_of, render, sidecar, trace
from sql import origins as module
from sql.loader import make_environment
from sql.origins import ORIGINS, marking_environment, unmarked

ROOT = Path(__file__).resolve().parents[2]


def both(templates: dict[str, str]) -> tuple[str, TracedText]:
    """`main` rendered plainly and traced."""
    loader = jinja2.DictLoader(templates)
    plain = make_environment(loader).get_template("main").render(c={"days": 7}).strip() + "\n"
    marked = marking_environment(loader).get_template("main").render(c={"days": 7})
    return plain, unmarked(marked, ORIGINS, Place("sql/main", 1))


def identifiers(name: str) -> dict[str, str]:
    return {one: "stage_x" for one in sidecar(name).get("identifiers", ())}


@pytest.mark.parametrize("name", names())
def test_a_traced_template_is_what_render_gives(name: str) -> None:
    assert trace(name, SqlSettings(), **identifiers(name)).text == render(name, SqlSettings(), **identifiers(name))


@pytest.mark.parametrize("name", names())
def test_the_line_named_holds_the_text_or_prints_it(name: str) -> None:
    traced = trace(name, SqlSettings(), **identifiers(name))
    for word in re.finditer(r"\w+", traced.text):
        places = traced.places(word.start())
        assert places[-1].path == f"sql/{name}.sql"
        line = (ROOT / places[0].path).read_text().splitlines()[places[0].line - 1]
        assert word.group() in line or "{{" in line, (word.group(), places)


MACROS = """{# two macros #}
{% macro day(instant) -%}
DATE({{ instant }}, 'zone')
{%- endmacro %}

{% macro rows() -%}
SELECT page,

  {{ day("sent") }} AS day
FROM t
{%- endmacro %}
"""
MAIN = """{% import "macros.jinja" as macros %}
{# a comment
   of two lines #}
CREATE VIEW v AS (
  {{ macros.rows() | indent(2) }}
);
{% for name in ("one", "two") %}
SELECT {{ name }},
  {{ c.days }}
{% endfor %}
{% set today = macros.day("as_of") %}
WHERE x > {{ "DATE_SUB(" ~ today ~ ", INTERVAL 1 DAY)" }} AND y
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("CREATE VIEW", ["main:4"]),
        ("SELECT page", ["macros.jinja:7", "main:5"]),
        ("DATE(sent", ["macros.jinja:3", "macros.jinja:9", "main:5"]),
        ("sent", ["macros.jinja:3", "macros.jinja:9", "main:5"]),
        ("AS day", ["macros.jinja:9", "main:5"]),
        ("FROM t", ["macros.jinja:10", "main:5"]),
        (");", ["main:6"]),
        ("SELECT one", ["main:8"]),
        ("7", ["main:9"]),
        ("SELECT two", ["main:8"]),
        ("DATE_SUB", ["main:12"]),
        ("DATE(as_of", ["macros.jinja:3", "main:12"]),
        (", INTERVAL", ["main:12"]),
        ("AND y", ["main:12"]),
    ],
)
def test_each_piece_names_its_line_and_who_printed_it(text: str, lines: list[str]) -> None:
    plain, traced = both({"main": MAIN, "macros.jinja": MACROS})
    assert plain == traced.text
    assert [str(place) for place in traced.places(plain.index(text))] == [f"sql/{line}" for line in lines]


def test_the_origin_of_an_offset_is_one_call() -> None:
    name, settings = "procedures/lock_caption_assignments", SqlSettings()
    path, line = origin_of(name, settings, render(name, settings).index("UPDATE"))
    assert path == "sql/macros/locking.jinja"
    assert (ROOT / path).read_text().splitlines()[line - 1].startswith("UPDATE")


def test_a_template_that_measures_a_macro_s_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring = {"main": "{% macro m() %}abc{% endmacro %}{{ m() | length }}"}
    plain, traced = both(measuring)
    assert plain == "3\n" and traced.text != plain
    monkeypatch.setattr(module, "render", lambda *_, **__: plain)
    with pytest.raises(SqlError, match=r"sql/tables/creators\.sql: its text cannot be traced"):
        trace("tables/creators", SqlSettings())


# Small templates: every word carries the number of the line it stands on, so that its origin can be told from the text.

BLANKS = st.sampled_from(["", "", " ", "  ", "\t"])
TAGS = [
    "{% if c.days %}", "{%- if c.days -%}", "{% if not c.days -%}", "{% for i in (1, 2) %}", "{%- for i in (1, 2) %}",
]  # fmt: skip
ENDS = {"if": ["{% endif %}", "{%- endif %}", "{% endif -%}"], "for": ["{% endfor %}", "{%- endfor -%}"]}
PIECES = st.sampled_from(
    [
        "@",
        "@ @",
        "{{ '' }}",
        "{{ ' ' }}",
        "{{ '@' }}",
        "{{- '@' -}}",
        "{# note #}",
        "{#- note -#}",
        "{{ '@' if c.days }}",
        "{{ m('@') }}",
        "{{ m('@') | indent(2) }}",
        "{{ m('@') | indent(2, blank=True) }}",
        "{{ (m('@') ~ '@') | upper }}",
        "{{ m('') | trim }}",
        "{{ n() | indent }}",
        "{% set x = m('@') %}{{ x }}",
        "{{ n() }}{{ m('@') }}",
        "{% filter upper %}@{% endfilter %}",
    ]
)


@st.composite
def lines(draw: st.DrawFn, depth: int = 0) -> list[str]:
    found: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        if depth < 2 and draw(st.integers(0, 3)) == 0:
            tag = draw(st.sampled_from(TAGS))
            kind = "for" if " for " in tag else "if"
            found += [draw(BLANKS) + tag, *draw(lines(depth + 1)), draw(BLANKS) + draw(st.sampled_from(ENDS[kind]))]
        else:
            found.append(draw(BLANKS) + "".join(draw(st.lists(PIECES, max_size=3))) + draw(BLANKS))
    return found


def numbered(text: str, prefix: str) -> str:
    return "\n".join(line.replace("@", f"{prefix}{at}_") for at, line in enumerate(text.split("\n"), 1))


@given(lines(), lines(), st.sampled_from(["", "-"]))
def test_marks_never_change_the_text_nor_lose_a_line(main: list[str], macro: list[str], control: str) -> None:
    body = "\n".join(macro).replace("m('@')", "'@'").replace("m('')", "''").replace("n()", "''")
    first = f"{{% macro m(x) {control}%}}\n@ {{{{ x }}}}\n{body}\n{{%{control} endmacro %}}"
    macros = first + "\n{% macro n() %}@{% endmacro %}"
    imported = "{% from 'macros' import m, n with context %}\n"
    plain, traced = both({"main": numbered(imported + "\n".join(main), "T"), "macros": numbered(macros, "M")})
    assert traced.text == plain
    for word in re.finditer(r"([TM])(\d+)_", plain):
        told = traced.places(word.start())
        written = Place("sql/main" if word[1] == "T" else "sql/macros", int(word[2]))
        # A word handed to a macro is written where the macro prints it; who called the macro is told next.
        assert written in told, (word.group(), told)
        assert told[-1].path == "sql/main"
