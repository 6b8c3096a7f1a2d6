"""A file that cannot be trusted as a whole is one clear error; a bad row is a remark."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import UsageError
from tests.imported import read_captions, read_creators, read_messages

HEADER = "caption_id,caption_text,content_category,price_tier"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)


def captions(folder: Path, content: str | bytes) -> Path:
    path = folder / "captions.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "what", "why"),
    [
        (b"", "captions.csv is empty", ""),
        (b"\n\n", "captions.csv is empty", ""),
        (HEADER.encode(), "captions.csv has a header but no rows", ""),
        (b"caption_id,caption_text\n1,a\n", "captions.csv has the wrong header", "missing: 'content_category'"),
        (
            f"{HEADER},has_urgencey\n".encode(),
            "captions.csv has the wrong header",
            "unknown: 'has_urgencey' (did you mean 'has_urgency'?)",
        ),
        (f"{HEADER},caption_id\n".encode(), "captions.csv has the wrong header", "there twice: 'caption_id'"),
        (f"{HEADER},a;b\n".encode(), "captions.csv has the wrong header", "commas and semicolons"),
        (b'caption_id,"caption_text\n', "captions.csv has the wrong header", "unexpected end of data"),
        (f"{HEADER},caf\xe9\n".encode("latin-1"), "captions.csv is not UTF-8", "byte 0xe9"),
        (HEADER.encode("utf-16-le"), "captions.csv is not UTF-8", "UTF-16"),
        (HEADER.encode("utf-16-be"), "captions.csv is not UTF-8", "UTF-16"),
        (HEADER.encode("utf-32"), "captions.csv is not UTF-8", "UTF-32"),
        (b"PK\x03\x04rest", "captions.csv is not a CSV file", "a workbook or zip file"),
        (b"\x1f\x8b\x08", "captions.csv is not a CSV file", "gzip"),
        (b"\x01\x02\x03\xff\n", "captions.csv is not UTF-8", "byte 0xff"),
        (b"caption_id\0,x\n1,2\n", "captions.csv is not a CSV file", "bytes that no text has"),
        (b"x" * 100_000, "captions.csv is not a CSV file", "never ends"),
        (f'{HEADER}\n1,"never closed,art,low\n'.encode(), "all 1 rows of captions.csv are wrong", "never closes"),
        (f"{HEADER}\nx,a,art,low\ny,b,art,low\n".encode(), "all 2 rows of captions.csv are wrong", "caption_id 'x'"),
    ],
)
def test_a_wrong_file_is_one_error(tmp_path: Path, content: bytes, what: str, why: str) -> None:
    with pytest.raises(UsageError) as error:
        read_captions(captions(tmp_path, content))
    assert error.value.what == what
    assert why in error.value.why
    assert "captions.csv" in error.value.where
    assert error.value.fix


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"creators\.csv is missing"):
        read_creators(tmp_path / "creators.csv")


def test_both_names_of_a_column_in_one_header_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("message_id,row_id,page_name\n")
    with pytest.raises(UsageError) as error:
        read_messages(path, now=NOW)
    assert "'message_id' and 'row_id'" in error.value.why


def test_remarks_name_the_line_where_the_record_begins(tmp_path: Path) -> None:
    path = captions(tmp_path, f'{HEADER}\n1,"two\nlines",art,low\n\n2,"three\n\nlines",art,nope\n3,b,art\n')
    content = read_captions(path)
    assert [row["caption_text"] for row in content.rows] == ["two\nlines"]
    assert [(one.line, one.outcome) for one in content.remarks] == [(5, "rejected"), (8, "rejected")]
    assert content.remarks[0].raw == '["2", "three\\n\\nlines", "art", "nope"]'
    assert content.remarks[1].reason == "has 3 fields, the header has 4"


def test_every_bad_field_of_a_row_is_named(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f"{HEADER}\n1,a,art,low\nx, ,art,nope\n"))
    (remark,) = content.remarks
    assert [part.split()[0] for part in remark.reason.split("; ")] == ["caption_id", "caption_text", "price_tier"]


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n1,a,art,low\r\n"))
    assert [row["caption_id"] for row in content.rows] == ["1"]


def test_a_repeated_row_counts_once_and_contradicting_ones_are_all_left_out(tmp_path: Path) -> None:
    rows = ["1,a,art,low", "2,b,art,low", "1,a,art,budget", "2,b,art,mid", "3,c,art,low", "2,b,art,low"]
    content = read_captions(captions(tmp_path, "\n".join([HEADER, *rows])))
    assert [row["caption_id"] for row in content.rows] == ["1", "3"]
    assert content.duplicates == 1
    assert {one.line: one.reason for one in content.remarks} == dict.fromkeys(
        (3, 5, 7), "caption_id 2 stands for different rows on lines 3, 5, 7"
    )


@given(
    texts=st.lists(st.sampled_from(["Hi 💕", "hi", "Bye, you", 'He said "go"', "a\nb"]), min_size=1, max_size=6),
    seed=st.integers(0, 1000),
)
def test_repeating_and_shuffling_a_file_changes_no_row(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], seed: int
) -> None:
    quoted = [text.replace('"', '""') for text in texts]
    rows = [f'{number},"{text}",art,low' for number, text in enumerate(quoted)]
    twice = rows * 2
    random.Random(seed).shuffle(twice)
    folder = tmp_path_factory.mktemp("files")
    once = read_captions(captions(folder, "\n".join([HEADER, *rows]))).rows
    again = read_captions(captions(folder, "\n".join([HEADER, *twice])))
    assert sorted(again.rows, key=str) == sorted(once, key=str)
    assert again.duplicates == len(rows)
    assert not again.remarks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_a_byte_order_mark_says_and_every_line_end_is_understood(tmp_path: Path, encoding: str, end: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    text = end.join([mark + HEADER, "1,Grüße 💕,art,low", '2,"two{end}lines",art,mid', ""]).replace("{end}", end)
    content = read_captions(captions(tmp_path, text.encode(encoding)))
    inner = "\n" if end == "\r" else end  # the line ends of old Macs are rewritten, also inside a field
    assert [row["caption_text"] for row in content.rows] == ["Grüße 💕", f"two{inner}lines"]
    assert content.remarks == []


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_separator_is_read_off_the_header(tmp_path: Path, mark: str) -> None:
    text = f"{HEADER}\n1,a;b\tc,art,low\n".replace(",", mark) if mark == "," else ""
    text = text or f"{HEADER}\n1,a,art,low\n".replace(",", mark)
    assert [row["caption_id"] for row in read_captions(captions(tmp_path, text)).rows] == ["1"]


def test_a_stated_separator_is_obeyed(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f"sep=;\n{HEADER}\n1,a,art,nope\n2,b,art,low\n".replace(",", ";")))
    assert [row["caption_id"] for row in content.rows] == ["2"]
    assert content.remarks[0].line == 3


def test_bytes_that_are_no_utf8_cost_their_row(tmp_path: Path) -> None:
    raw = f"{HEADER}\n1,a,art,low\n2,caf\xe9,art,low\n3,c,art,low\n".encode("latin-1")
    content = read_captions(captions(tmp_path, raw))
    assert [row["caption_id"] for row in content.rows] == ["1", "3"]
    assert content.remarks[0].reason == "is not UTF-8: byte 0xe9 after '2,caf'"
    assert content.remarks[0].raw == '["2", "caf\\xe9", "art", "low"]'


def test_half_a_utf16_character_at_the_end_costs_its_row(tmp_path: Path) -> None:
    raw = f"{HEADER}\n1,a,art,low\n2,b,art,low".encode("utf-16")[:-1]
    content = read_captions(captions(tmp_path, raw))
    assert [row["caption_id"] for row in content.rows] == ["1"]
    assert "is not UTF-8" in content.remarks[0].reason


def test_an_unclosed_quote_costs_one_line_and_not_the_file(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f'{HEADER}\n1,"a,art,low\n2,b,art,low\n3,c,art,low\n'))
    assert [row["caption_id"] for row in content.rows] == ["2", "3"]
    (remark,) = content.remarks
    assert (remark.line, remark.raw) == (2, json.dumps(['1,"a,art,low']))
    assert remark.reason == "a quote that opens in it never closes"


def test_an_undoubled_quote_costs_its_record(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f'{HEADER}\n1,"say "hi" now",art,low\n2,"b",art,low\n'))
    assert [row["caption_id"] for row in content.rows] == ["2"]
    assert "must be doubled" in content.remarks[0].reason


def test_stray_quotes_cannot_swallow_the_rows_between_them(tmp_path: Path) -> None:
    """CSV reads lines 2 to 4 as one record of four fields; row 3 inside it would be lost without a word."""
    content = read_captions(captions(tmp_path, f'{HEADER}\n1,"a,art,low\n2,b,art,low\n3,c",art,low\n4,d,art,low\n'))
    assert [row["caption_id"] for row in content.rows] == ["2", "3", "4"]
    assert content.remarks[0].line == 2
    assert "run several rows together" in content.remarks[0].reason
    two = read_captions(captions(tmp_path, f'{HEADER}\n1,"a,art,low\n3,c",art,low\n4,d,art,low\n'))
    assert [row["caption_id"] for row in two.rows] == ["3", "4"]


def test_a_text_of_several_lines_is_no_stray_quote(tmp_path: Path) -> None:
    text = "1,000 ways, really\n2, 3 or 4 photos\nend, you, art"
    content = read_captions(captions(tmp_path, f'{HEADER}\n1,"{text}",art,low\n'))
    assert [row["caption_text"] for row in content.rows] == [text]


def test_a_bare_carriage_return_costs_its_line(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f"{HEADER}\n1,a,art,low\r2,b,art,low\n3,c,art,low\n"))
    assert [row["caption_id"] for row in content.rows] == ["3"]
    assert "carriage return" in content.remarks[0].reason


@pytest.mark.parametrize("filling", ["x", "x\n", '""', "x,y\n"])
def test_a_huge_field_costs_its_record(tmp_path: Path, filling: str) -> None:
    huge = filling * (10_000_000 // len(filling))
    content = read_captions(captions(tmp_path, f'{HEADER}\n1,a,art,low\n2,"{huge}",art,low\n3,c,art,low\n'))
    assert [row["caption_id"] for row in content.rows] == ["1", "3"]
    (remark,) = content.remarks
    assert remark.line == 3
    # 2," and ",art,low and the line end are 13 bytes more than the field
    assert remark.reason == f"has {len(huge) + 13:,} bytes, more than 1,048,576"
    assert len(remark.raw) < 1000
    assert content.total == 3


def test_a_huge_field_that_never_closes_costs_its_line(tmp_path: Path) -> None:
    lines = [f"{number},text,art,low" for number in range(60_000)]  # over a megabyte behind the quote
    lines[1] = '1,"text,art,low'
    content = read_captions(captions(tmp_path, "\n".join([HEADER, *lines, ""])))
    assert len(content.rows) == 59_999
    assert [(one.line, one.reason) for one in content.remarks] == [
        (3, "a quote that opens in it does not close within 1,048,576 bytes, or closes wrongly")
    ]


def test_binary_junk_between_rows_costs_its_line(tmp_path: Path) -> None:
    junk = bytes(range(256)).replace(b"\n", b"").replace(b"\r", b"") * 20
    raw = f"{HEADER}\n1,a,art,low\n".encode() + junk + b"\n" + b"\0" * 5000 + b"\n2,b,art,low\n"
    content = read_captions(captions(tmp_path, raw))
    assert [row["caption_id"] for row in content.rows] == ["1", "2"]
    assert [one.line for one in content.remarks] == [3, 4]


def test_a_last_row_without_a_line_end_must_not_be_cut_short(tmp_path: Path) -> None:
    closed = read_captions(captions(tmp_path, f"{HEADER}\n1,a,art,low\n2,b,art,mid"))
    assert [row["caption_id"] for row in closed.rows] == ["1", "2"], "no tier begins with another one"
    path = tmp_path / "creators.csv"
    path.write_text("page_name\nava\nava_free")
    assert [row["page_name"] for row in read_creators(path).rows] == ["ava"]
    assert "may be cut short" in read_creators(path).remarks[0].reason
    whole = read_creators(path, last_row_is_whole=True)
    assert [row["page_name"] for row in whole.rows] == ["ava", "ava_free"]


def test_a_header_that_comes_again_is_named(tmp_path: Path) -> None:
    content = read_captions(captions(tmp_path, f"{HEADER}\n1,a,art,low\n{HEADER}\n2,b,art,low\n"))
    assert [row["caption_id"] for row in content.rows] == ["1", "2"]
    assert content.remarks[0].reason == "repeats the header: several files were joined into one"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = captions(tmp_path, f"{HEADER}\n1,a,art,low\n")

    def grow(*counts: int) -> None:
        with path.open("a") as file:
            file.write("2,b,art,low\n")

    with pytest.raises(UsageError, match="has changed while it was read"):
        read_captions(path, on_tick=grow)


def test_many_contradicting_rows_name_only_the_first_lines(tmp_path: Path) -> None:
    rows = [f"7,text {number},art,low" for number in range(50)] + ["8,x,art,low"]
    content = read_captions(captions(tmp_path, "\n".join([HEADER, *rows])))
    assert [row["caption_id"] for row in content.rows] == ["8"]
    named = ", ".join(map(str, range(2, 22)))  # the first twenty of lines 2 to 51
    assert {one.reason for one in content.remarks} == {
        f"caption_id 7 stands for different rows on lines {named} and 30 more"
    }
