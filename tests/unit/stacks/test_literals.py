"""Terraform reads every string as a template; a body must come out of it as it went in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from infra.stacks.literals import literal
from tests.terraform import needs_terraform

HARD = [
    "${a}",
    "%{if x}",
    "$${a}",
    "$$${",
    "$$$$${",
    "%%{",
    "%%%{",
    "$%{",
    "%${",
    "$ $$ % %% {} }{",
    "$",
    "%",
    "${",
    "{$%",
]
DENSE = st.text(alphabet="$%{}\\n\"ab'\n", max_size=12)


def as_terraform_reads_it(text: str) -> str:
    """The template language's rule for its two escapes, read from the left; an unescaped one is an error."""
    read, at = "", 0
    while at < len(text):
        if text[at : at + 3] in ("$${", "%%{"):
            read, at = read + text[at + 1 : at + 3], at + 3
            continue
        assert text[at : at + 2] not in ("${", "%{"), text
        read, at = read + text[at], at + 1
    return read


@given(DENSE)
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    assert as_terraform_reads_it(literal(text)) == text


@given(st.text(alphabet="$% ab{", max_size=12).filter(lambda text: "${" not in text and "%{" not in text))
def test_a_text_without_templates_is_left_alone(text: str) -> None:
    assert literal(text) == text


@needs_terraform
def test_real_terraform_reads_them_back(tmp_path: Path) -> None:
    """One run for all, and no provider: outputs alone."""
    texts = [*HARD, *(f"{one}{two}" for one in HARD for two in HARD), "REGEXP_CONTAINS(x, r'^a{1}${b}%{c}$')"]
    outputs = {f"t{index}": {"value": literal(text)} for index, text in enumerate(texts)}
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": outputs}))
    _run(tmp_path, "init", "-input=false")
    _run(tmp_path, "apply", "-input=false", "-auto-approve")
    read = json.loads(_run(tmp_path, "output", "-json"))
    assert [read[f"t{index}"]["value"] for index in range(len(texts))] == texts


def _run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["terraform", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
