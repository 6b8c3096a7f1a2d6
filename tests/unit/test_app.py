from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from infra import app, cdk, local_target
from infra.errors import RefusedError, UsageError
from infra.records import Release, begin, finish, stage, write_json
from infra.settings import Settings
from infra.stacks.base import STACKS
from tests.eros import CLEAN
from tests.stacks import environment
from tests.terraform import needs_node

ROOT = Path(__file__).resolve().parents[2]


def test_cdktf_json_names_a_module_with_a_main() -> None:
    manifest = json.loads((ROOT / "cdktf.json").read_text())
    *_, interpreter, flag, module = manifest["app"].split()
    assert (interpreter, flag, manifest["language"], manifest["output"]) == ("python", "-m", "python", "cdktf.out")
    assert callable(importlib.import_module(module).main)


def test_cdktf_json_has_a_fixed_identity_and_sends_no_reports() -> None:
    manifest = json.loads((ROOT / "cdktf.json").read_text())
    assert str(uuid.UUID(manifest["projectId"])) == manifest["projectId"]
    assert manifest["sendCrashReports"] == "false"


def test_the_readme_says_what_cdktf_cli_s_own_deploy_leaves_out() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    (told,) = re.findall(
        r"- `npx cdktf-cli@[0-9.]+ synth`, `plan STACK` and `deploy '\*'` work too, but (.*?)\. - ", readme
    )
    assert told == "they skip gates, backup and the release record"


def test_without_cdktf_the_entry_point_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdk.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setitem(sys.modules, "cdktf", None)
    with pytest.raises(UsageError) as refused:
        _ = cdk.App
    assert refused.value.fix == "pip install -e '.[infra]'"


def test_without_node_the_entry_point_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cdktf", raising=False)
    monkeypatch.setattr(cdk.shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match="synthesised") as refused:
        _ = cdk.App
    assert refused.value.fix == "install Node 20 or 22"


def test_the_door_opens_for_its_own_classes_only() -> None:
    with pytest.raises(AttributeError, match="TerraformOutput"):
        _ = cdk.TerraformOutput


def test_a_wrong_name_in_the_environment_is_refused_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EROS_DATASET", "some`dataset")
    assert app.main() == UsageError.exit_code
    assert "EROS_DATASET" in capsys.readouterr().err


@needs_node
def test_the_bindings_say_nothing_and_import_no_more_than_is_used() -> None:
    """A process of its own with every warning an error: what one class costs, and what others then see."""
    program = """
import sys
from infra import cdk
cdk.google.pubsub_topic.PubsubTopic
print(sum(name.startswith(cdk.BINDINGS + ".") for name in sys.modules))
import cdktf_cdktf_provider_google as package
from cdktf_cdktf_provider_google import pubsub_topic
print(package.pubsub_topic is pubsub_topic, hasattr(package, "pubsub_topicc"), package.__file__.endswith("__init__.py"))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, env=CLEAN)
    # The class's module, and the package's own `_jsii`; each in the two names that `publication` gives it.
    assert (done.returncode, done.stderr) == (0, "")
    count, seen = done.stdout.splitlines()
    assert int(count) <= 4
    assert seen == "True False True"


@needs_node
def test_the_stacks_are_written_over_the_last_ones_and_nothing_else_is_touched(tmp_path: Path) -> None:
    kept = tmp_path / "out" / "stacks" / "state" / "plan"
    kept.parent.mkdir(parents=True)
    kept.write_text("a plan")
    app.write(environment(), tmp_path / "out", Settings(home=tmp_path / "home"))
    assert kept.read_text() == "a plan"
    assert sorted(one.parent.name for one in (tmp_path / "out").glob("stacks/*/cdk.tf.json")) == sorted(STACKS)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    order = {name: stack["dependencies"] for name, stack in manifest["stacks"].items()}
    assert order == {
        "state": [],
        "warehouse": ["state"],
        "automation": ["warehouse"],
        "guardrails": ["automation"],
        "observability": ["guardrails"],
    }
    assert not (tmp_path / "home").exists()


@needs_node
def test_what_the_last_release_would_lose_is_refused_with_3_before_anything_is_written(tmp_path: Path) -> None:
    """One release of the same stacks and one table more."""
    home, out = tmp_path / "home", tmp_path / "out"
    app.write(environment(), out, Settings(home=home))
    staged = stage(home, "prod", "staged")
    for name in STACKS:
        found = json.loads((out / "stacks" / name / "cdk.tf.json").read_text())
        if name == "warehouse":
            found["resource"]["google_bigquery_table"]["gone"] = {"table_id": "gone"}
        write_json(staged / "stacks" / name / "cdk.tf.json", found)
    started = Release(0, "prod", "interrupted", staged, "r0", "2026-01-14T20:00:00Z", stacks=STACKS)
    release = begin(staged, started)
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    app.write(environment(), out, Settings(home=home))  # not complete: it does not count yet

    finish(Release(**{**vars(release), "outcome": "complete"}))
    (out / "manifest.json").unlink()
    with pytest.raises(RefusedError) as refused:
        app.write(environment(), out, Settings(home=home))
    assert refused.value.exit_code == 3
    assert "warehouse/google_bigquery_table.gone: vanished-address: it was deployed" in str(refused.value)
    assert "declare it again" in str(refused.value)
    assert not (out / "manifest.json").exists()
    assert {path: path.read_bytes() for path in out.rglob("cdk.tf.json")} == {
        path: text for path, text in before.items() if path.name == "cdk.tf.json"
    }


def _plugin(root: Path, version: str = "6.51.0") -> Path:
    folder = root / "registry.terraform.io" / "hashicorp" / "google" / version / local_target._target()
    folder.mkdir(parents=True)
    plugin = folder / f"terraform-provider-google_v{version}_x5"
    plugin.touch()
    return plugin


def test_google_s_own_plugin_is_found_in_the_cache_and_in_the_mirrors(tmp_path: Path) -> None:
    nothing = {"HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path / "share")}
    assert local_target.real_plugin(nothing) is None
    shared = _plugin(tmp_path / "share" / "terraform" / "plugins")
    assert local_target.real_plugin(nothing) == shared
    own = _plugin(tmp_path / ".terraform.d" / "plugins")
    assert local_target.real_plugin(nothing) == own
    cached = _plugin(tmp_path / "cache")
    assert local_target.real_plugin({**nothing, "TF_PLUGIN_CACHE_DIR": str(tmp_path / "cache")}) == cached


def test_a_plugin_of_another_series_or_machine_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path / "share")}
    _plugin(tmp_path / ".terraform.d" / "plugins", "7.1.0")
    monkeypatch.setattr(local_target.platform, "machine", lambda: "mips")
    _plugin(tmp_path / ".terraform.d" / "plugins")
    monkeypatch.undo()
    assert local_target.real_plugin(home) is None
    packed = tmp_path / ".terraform.d" / "plugins" / "registry.terraform.io" / "hashicorp" / "google"
    archive = packed / f"terraform-provider-google_6.50.0_{local_target._target()}.zip"
    archive.touch()
    assert local_target.real_plugin(home) == archive


def test_the_stand_in_in_the_plugin_cache_is_not_google_s(tmp_path: Path) -> None:
    """cdktf-cli sets a cache, and Terraform puts there what it loaded."""
    there = {"HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path), "TF_PLUGIN_CACHE_DIR": str(tmp_path / "cache")}
    _plugin(tmp_path / "cache", "6.50.0").write_text("#!/bin/sh\n# Stand-in")
    assert local_target.real_plugin(there) is None
    real = _plugin(tmp_path / "cache")
    real.write_bytes(b"\x7fELF")
    assert local_target.real_plugin(there) == real


def test_the_stand_in_is_installed_with_a_lock_file_that_terraform_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, cdktf-cli asks the registry for checksums of a provider that it does not have."""
    monkeypatch.setattr(local_target, "real_plugin", lambda: None)
    assert local_target.install_provider(tmp_path, "~> 6.50") == "stand-in"
    lock = tmp_path / ".terraform.lock.hcl"
    assert 'provider "registry.terraform.io/hashicorp/google" {' in lock.read_text()
    assert 'constraints = "~> 6.50"' in lock.read_text()
    lock.write_text("with a checksum")
    local_target.install_provider(tmp_path, "~> 6.50")
    assert lock.read_text() == "with a checksum"


def test_the_provider_in_use_is_written_beside_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "terraform.d" / "plugins" / "registry.terraform.io" / "hashicorp" / "google" / "6.50.0"
    stale.mkdir(parents=True)
    monkeypatch.setattr(local_target, "real_plugin", lambda: Path("found"))
    assert local_target.install_provider(tmp_path, "~> 6.50") == "hashicorp/google"
    assert json.loads((tmp_path / "provider.json").read_text()) == {"provider": "hashicorp/google"}
    assert not stale.exists()
