"""What the loader says of a template that cannot be filled in, and what its digest of the sources follows."""

import shutil
from pathlib import Path

import jinja2
import pytest

from sql import loader, source_digest
from sql.loader import make_environment


def test_a_literal_of_nothing_names_what_is_missing() -> None:
    template = make_environment(jinja2.DictLoader({"one": "SELECT {{ nowhere | literal }}"})).get_template("one")
    with pytest.raises(jinja2.UndefinedError, match="'nowhere' is undefined"):
        template.render()


@pytest.mark.parametrize(
    "path", ["constants.yaml", "loader.py", "macros/time.jinja", "tables/creators.sql", "tables/creators.yaml"]
)
def test_the_source_digest_follows_every_kind_of_file(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "sql"
    shutil.copytree(loader.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = source_digest()
    monkeypatch.setattr(loader, "ROOT", copy)
    assert source_digest() == before
    changed = copy / path
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert source_digest() != before


def test_the_source_digest_follows_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "sql"
    shutil.copytree(loader.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tables/creators.sql").rename(copy / "tables/makers.sql")
    before = source_digest()
    monkeypatch.setattr(loader, "ROOT", copy)
    assert source_digest() != before
