import importlib
import json
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra import app, cdk
from infra.errors import UsageError
from infra.stacks import warehouse
from sql import SqlSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = SqlSettings(project="some-project", dataset="some_dataset", location="EU")


class RecordedElement:
    """Stands in for any cdktf class (those need Node): keeps what it was built from and what it was filled with."""

    def __init__(self, *position, **options):
        self.position, self.options, self.arguments = position, options, {}

    def add_override(self, name, value):
        self.arguments[name] = value


@pytest.fixture
def recorded(monkeypatch):
    """Every element that the entry point builds, by class name, in place of cdktf."""
    built = {}

    def recorder(name):
        def build(*position, **options):
            element = RecordedElement(*position, **options)
            built.setdefault(name, []).append(element)
            return element

        return build

    def build_app():
        return SimpleNamespace(synth=lambda: built.setdefault("synth", []).append(True))

    classes = {name: recorder(name) for name in cdk.EXPORTED} | {"App": build_app}
    monkeypatch.setitem(sys.modules, "cdktf", SimpleNamespace(**classes))
    return built


def test_the_dataset_carries_the_names_of_the_settings_and_cannot_be_destroyed():
    assert warehouse.dataset_config(SETTINGS) == {
        "dataset_id": "some_dataset",
        "location": "EU",
        "labels": {"system": "eros"},
        "delete_contents_on_destroy": False,
        "lifecycle": {"prevent_destroy": True},
    }


def test_the_provider_works_in_the_project_of_the_settings():
    assert warehouse.provider_config(SETTINGS) == {"project": "some-project"}


def test_cdktf_json_names_a_module_with_a_main():
    manifest = json.loads((ROOT / "cdktf.json").read_text())
    interpreter, flag, module = manifest["app"].split()
    assert (interpreter, flag, manifest["language"], manifest["output"]) == ("python", "-m", "python", "cdktf.out")
    assert callable(importlib.import_module(module).main)


def test_cdktf_json_has_a_fixed_identity_and_sends_no_reports():
    manifest = json.loads((ROOT / "cdktf.json").read_text())
    assert str(uuid.UUID(manifest["projectId"])) == manifest["projectId"]
    assert manifest["sendCrashReports"] == "false"


def test_the_entry_point_declares_one_stack_with_the_dataset_of_the_environment(recorded, monkeypatch):
    monkeypatch.setenv("EROS_PROJECT_ID", SETTINGS.project)
    monkeypatch.setenv("EROS_DATASET", SETTINGS.dataset)
    monkeypatch.setenv("EROS_LOCATION", SETTINGS.location)
    assert app.main() == 0
    (stack,), (provider,), (dataset,) = (
        recorded[name] for name in ("TerraformStack", "TerraformProvider", "TerraformResource")
    )
    assert stack.position[1] == "warehouse"
    assert provider.position[0] is dataset.position[0] is stack
    assert provider.options["terraform_provider_source"] == "hashicorp/google"
    assert provider.arguments == warehouse.provider_config(SETTINGS)
    assert dataset.options == {"terraform_resource_type": "google_bigquery_dataset", "provider": provider}
    assert dataset.arguments == warehouse.dataset_config(SETTINGS)
    assert recorded["synth"] == [True]


def test_without_cdktf_the_entry_point_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cdktf", None)
    assert app.main() == UsageError.exit_code
    assert "pip install -e '.[infra]'" in capsys.readouterr().err


def test_a_wrong_name_in_the_environment_is_refused_before_cdktf_is_asked_for(recorded, monkeypatch, capsys):
    monkeypatch.setenv("EROS_DATASET", "some`dataset")
    assert app.main() == UsageError.exit_code
    assert "EROS_DATASET" in capsys.readouterr().err
    assert recorded == {}


def test_the_door_opens_for_its_own_classes_only(recorded):
    with pytest.raises(AttributeError, match="TerraformOutput"):
        _ = cdk.TerraformOutput
