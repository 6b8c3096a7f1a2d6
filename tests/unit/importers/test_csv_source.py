"""A file that cannot be trusted as a whole is one clear error; a bad row is a remark."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import UsageError
from orchestrator.importers import read_captions, read_creators, read_messages

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
        (HEADER.encode("utf-16"), "captions.csv is not UTF-8", "byte 0xff"),
        (f"{HEADER}\n1,caf\xe9,art,low\n".encode("latin-1"), "captions.csv is not UTF-8", "byte 0xe9"),
        (f'{HEADER}\n1,"never closed,art,low\n'.encode(), "captions.csv is not well-formed CSV", "end of data"),
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
