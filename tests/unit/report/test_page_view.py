"""What a person reads of a report: with and without colour, and for pages that know little."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from orchestrator.report.page_view import page_view
from orchestrator.report.sparkline import sparkline
from tests.unit.report.samples import category, new_page, old_page, weekday


def shown(report: Any, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=1000, **options)
    console.print(page_view(report))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def lines(report: Any, **options: Any) -> list[str]:
    """Each line with runs of blanks as one."""
    return [" ".join(line.split()) for line in shown(report, **options).splitlines()]


def test_the_header_says_who_when_and_what_to_send() -> None:
    first, second, third, *_ = lines(old_page())
    assert first == "amber_paid Amber [red] 2026-01-14 12:00 -0800, 90 days, newest message 3 h old"
    assert second == "LARGE RED 0.85 PREMIUM $1,848.50 a PPV week of 2026-01-19: 6 PPV, 4 bumps"
    assert third == "Send less (score halved: HOLIDAY)"


def test_a_page_without_history_is_told_so_in_four_lines() -> None:
    assert lines(new_page()) == [
        "amber_paid 2026-01-14 12:00 -0800, 90 days",
        "MICRO GREEN EXPLORATORY - a PPV week of 2026-01-19: 6 PPV, 4 bumps",
        "Start small and learn",
        "",
        "Nothing was sent in the last 90 days: the page starts small.",
    ]


def test_few_messages_are_called_few() -> None:
    assert "Send less (score halved: HOLIDAY); too few messages to be sure" in lines(
        old_page(data_status="insufficient")
    )


def test_the_last_weeks_are_a_line_and_a_change() -> None:
    text = lines(old_page())
    assert "earnings ▁█ $900 -12.5 %" in text
    assert "view rate ▅▅▅ 25.5 % last week +3.0 %" in text


def test_anomalies_that_are_alike_are_one_line() -> None:
    text = lines(old_page())
    assert "2026-01-03 critical 3 PPV, at worst view rate 5.0 % 25.0 %" in text
    assert "2026-01-03 critical all PPV of the day view rate 5.0 % 25.0 %" in text


def test_text_of_the_data_is_no_markup() -> None:
    assert "pets [bold] mid 12 2.00 4.0 % rising +25.0 %" in lines(old_page())
    assert "Amber [red]" in shown(old_page(), force_terminal=True, color_system="truecolor")


def test_a_column_without_a_figure_is_left_out() -> None:
    with_trend, without = old_page(), old_page(content_category_performance=[category("art", "budget")])
    assert "category tier PPV $ per 100 fans conversion 30-day trend" in lines(with_trend)
    assert "category tier PPV $ per 100 fans conversion" in lines(without)
    best = [{**category("art", "budget"), "best_price_tier": "mid"}]
    assert "category tier PPV $ per 100 fans conversion best tier" in lines(old_page(content_category_performance=best))


def test_what_differs_beyond_chance_is_marked_and_explained() -> None:
    text = lines(old_page())
    assert "Sunday 30 1.00*" in text
    assert "Saturday 30 1.00" in text
    assert "Curiosity 40 1.23 3.1 % +10.2 %*" in text
    assert "General 40 1.23 3.1 % +10.2 %" in text
    assert text[-1].startswith("* differs from the rest")
    plain = old_page(day_of_week_patterns=[weekday(1, False)], psychological_trigger_analysis=[])
    assert "*" not in shown(plain)


def test_the_best_hours_come_first_and_the_rest_are_counted() -> None:
    text = lines(old_page())
    first = text.index("08:00 Weekend 11 1.00 2.0 % 1.25x high")
    assert text[first + 7].startswith("15:00")
    assert text[first + 8] == "... and 4 more: --json"


def test_colour_repeats_the_words() -> None:
    plain, coloured = shown(old_page()), shown(old_page(), force_terminal=True, color_system="truecolor")
    assert "\x1b[" not in plain
    assert "\x1b[1;31mRED" in coloured
    assert "critical" in plain


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None, None], "  "),
        ([5.0], "▅"),
        ([0.0, 0.0], "▅▅"),
        ([0.0, 7.0], "▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([1.0, None, 3.0, 2.0], "▁ █▅"),
        ([-1.0, 1.0], "▁█"),
    ],
)
def test_sparkline(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line
