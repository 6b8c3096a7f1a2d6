"""The gates of a deployment are those of `make validate`, and a red one stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.environments import load_environment
from infra.errors import RefusedError, UsageError
from infra.release.gates import GATES, surroundings, validate
from infra.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


def test_they_are_called_as_make_validate_calls_them() -> None:
    (called,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "$(BIN)/pytest tests/smoke" in line]
    assert called.strip() == f"$(BIN)/pytest {' '.join(GATES)}"


def test_a_red_gate_refuses_and_is_named_with_its_words(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "smoke"
    folder.mkdir(parents=True)
    (folder / "test_gate.py").write_text("def test_red(): assert 1 == 2, 'the gate is red'\ndef test_green(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_broken.py").write_text("import nothing_of_that_name\n")
    heard: list[str] = []
    environment = load_environment("local", Settings(home=tmp_path))
    with pytest.raises(RefusedError) as caught:
        validate(environment, tmp_path, tmp_path / "gates.log", heard.append)
    assert caught.value.what == "gates failed: tests/smoke/test_broken.py, tests/smoke/test_gate.py::test_red"
    assert "assert 1 == 2" in caught.value.why and caught.value.where == str(tmp_path / "gates.log")
    assert "gates: 1 passed, 1 failed" in heard


def test_gates_that_cannot_be_run_are_no_green_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests" / "smoke").mkdir(parents=True)
    environment = load_environment("local", Settings(home=tmp_path))
    for code in (0, 4):

        def ran(command: list[str], *, said: Path, code: int = code, **_: object) -> int:
            said.write_text("No module named pytest")
            return code

        monkeypatch.setattr("infra.release.gates.run", ran)
        with pytest.raises(UsageError, match="could not be run") as caught:
            validate(environment, tmp_path, tmp_path / "gates.log", lambda _: None)
        assert caught.value.why == "No module named pytest"


def test_without_the_gates_nothing_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the gates are not here"):
        validate(load_environment("local", Settings(home=tmp_path)), tmp_path, tmp_path / "log", lambda _: None)


def test_the_gates_of_a_real_target_run_on_its_project_and_never_on_its_dataset(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "EROS_HOME": "h", "EROS_NOW": "n", "EROS_DATASET": "d", "BIGQUERY_EMULATOR_HOST": "x"}
    facts = {"project_number": "123456", "billing_account": "000000-000000-000000", "alert_emails": "a@b.cd"}
    prod = load_environment("prod", Settings(home=tmp_path, **facts))
    assert surroundings(prod, given) == {
        "PATH": "/bin",
        "EROS_TARGET": "bigquery",
        "EROS_PROJECT_ID": "of-scheduler-proj",
        "EROS_LOCATION": "US",
    }
    assert surroundings(load_environment("local", Settings(home=tmp_path)), given) == {"PATH": "/bin"}
