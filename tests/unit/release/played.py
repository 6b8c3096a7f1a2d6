"""A Google, a bucket and a Terraform that a test plays, exact where a rollback could go wrong, and killed on demand.

The target's objects are told by natural key, as Google does: most refuse a second one of the same name (409), a
scheduled query does not. Terraform's state is written only after the object, so that a kill can fall in between.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from infra.environments import STACKS, load_environment
from infra.errors import InfraError, RefusedError
from infra.plan.columns import compare_schemas
from infra.release.adopt import Existing, key_of
from infra.release.backups import Backup
from infra.release.bucket import Shelf
from infra.release.deploy import Deployment, Outcome, Parts
from infra.release.held import schedule_names
from infra.release.merge import SCHEDULE, bodies
from infra.release.phases import Silent
from infra.release.rollback import Rollback, Way
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, stack_folder, wanted
from infra.rest import GOOGLE, Rest
from infra.settings import Settings
from infra.terraform import IMPORTS_FILE, Listener, Message
from tests.unit.release.fakes import Answer

PROJECT = "of-scheduler-proj"
Stacks = dict[str, dict[str, Any]]


class Killed(BaseException):
    """The process is gone: nothing that follows is done, and nobody may catch this as an error."""


@dataclass
class Storage:
    """Cloud Storage's object requests, as far as records and states need them."""

    objects: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    tick: Callable[[str], None] = lambda name: None
    clock: int = 1000

    def request(self, method: str, url: str, **about: Any) -> Answer:
        query = about.get("params") or {}
        if method == "POST":
            self.tick(f"upload {query['name'].rpartition('/')[2]}")
            here = self.objects.get(query["name"], [])
            if int(query["ifGenerationMatch"]) != (here[-1][0] if here else 0):
                return Answer(412, {"error": {"message": "conditionNotMet"}})
            return Answer(200, {"generation": str(self.write(query["name"], about["data"]))})
        path = url.partition("/o")[2].lstrip("/")
        if not path:
            found = [
                {"name": name, "generation": str(number), **({} if number == some[-1][0] else {"timeDeleted": "x"})}
                for name, some in sorted(self.objects.items())
                if name.startswith(query.get("prefix", ""))
                for number, _ in (some if query.get("versions") else some[-1:])
            ]
            return Answer(200, {"items": found})
        some = self.objects.get(unquote(path), [])
        if method == "DELETE":
            if not some or str(some[-1][0]) != query["ifGenerationMatch"]:
                return Answer(412)
            del self.objects[unquote(path)]
            return Answer(204)
        wanted = query.get("generation")
        number, data = next(((n, d) for n, d in reversed(some) if wanted in (None, str(n))), (0, None))
        if data is None:
            return Answer(404)
        if query.get("alt") == "media":
            return Bytes(200, data)
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        return Answer(200, {"generation": str(number), "md5Hash": digest})

    def write(self, name: str, data: bytes) -> int:
        self.clock += 1
        self.objects.setdefault(name, []).append((self.clock, data))
        return self.clock

    @property
    def rest(self) -> Rest:
        return Rest(self, GOOGLE, pause_seconds=0.0)


class Bytes(Answer):
    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else b""

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass
class World:
    """The target's objects, the states, the bucket; and after how many steps everything is killed (0: never)."""

    home: Path
    stacks: Stacks = field(default_factory=dict)
    objects: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, dict[str, int]] = field(default_factory=lambda: {stack: {} for stack in STACKS})
    storage: Storage = field(default_factory=Storage)
    provider: str = "6.50.0"
    steps: list[str] = field(default_factory=list)
    kill_at: int = 0
    kill_on: str = ""
    terraform_is_broken: bool = False
    smoke_fails: bool = False

    def __post_init__(self) -> None:
        self.storage.tick = self.tick

    def tick(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.kill_at or name == self.kill_on:
            raise Killed(name)

    @property
    def site(self) -> PlayedSite:
        settings = Settings(home=self.home)
        return PlayedSite(load_environment("local", settings), settings, self.home, world=self)

    def deploy(self, stacks: Stacks | None = None) -> Outcome:
        if stacks is not None:
            self.stacks = copy.deepcopy(stacks)
        return Deployment(self.site, self.parts(), Silent()).deploy()

    def rollback(self, to: str = "previous", **about: Any) -> Outcome:
        return Rollback(self.site, self.parts(), Silent(), way=self.way(), to=to, **about).rollback()

    def crashed(self, work: Callable[[], Any], at: int, steps: list[str]) -> bool:
        """Do the work, killed at that step; whether it came so far. `steps` is filled with what was begun."""
        self.steps, self.kill_at = steps, at
        try:
            work()
        except Killed:
            return True
        finally:
            self.steps, self.kill_at = [], 0
        return False

    def copied(self, home: Path) -> World:
        """The same world once more, with a home of its own."""
        shutil.copytree(self.home, home)
        storage = Storage(copy.deepcopy(self.storage.objects), clock=self.storage.clock)
        return World(
            home,
            copy.deepcopy(self.stacks),
            copy.deepcopy(self.objects),
            copy.deepcopy(self.states),
            storage,
            self.provider,
        )

    def look(self, stacks: Mapping[str, Mapping[str, Any]]) -> int:
        self.tick("look")
        if self.smoke_fails:
            raise InfraError("the target does not hold what was declared")
        return 1

    def switch_off(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted, off = set(names), []
        for one in self.objects:
            if one["type"] == SCHEDULE and one["body"]["display_name"] in wanted and not one["body"].get("disabled"):
                self.tick("switch off")
                one["body"] = {**one["body"], "disabled": True}
                off.append(one["body"]["display_name"])
        return tuple(off)

    def named(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """Every live body of a type by its natural name."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self.objects:
            if one["type"] == kind:
                found.setdefault(one["key"][-1], []).append(one["body"])
        return found

    def twice(self) -> list[Any]:
        keys = [(one["type"], one["key"]) for one in self.objects]
        return [key for key in keys if keys.count(key) > 1]

    def way(self) -> Way:
        return Way(
            switch_off=lambda site, names: self.switch_off(names),
            place=lambda site: self.tick("place"),
            look=lambda site, stacks, tell: self.look(stacks),
            restore=lambda *_: [],
        )

    def parts(self) -> Parts:
        def step(name: str, result: Any = None) -> Callable[..., Any]:
            def taken(*_: Any) -> Any:
                self.tick(name)
                return result

            return taken

        def ready(site: Site) -> str:
            self.tick("ready")
            if self.terraform_is_broken:
                raise InfraError("terraform is not installed")
            return "here"

        def synthesise(site: Site) -> None:
            self.tick("synth")
            for stack in STACKS:
                folder = stack_folder(site.out, stack)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / STACK_FILE).write_text(json.dumps(self.stacks[stack]))

        backup = Backup("2026-01-14T20:00:00+00:00", {"creators": "p.b.creators_1"})
        return Parts(
            ready=ready,
            validate=step("gates", 5),
            synthesise=synthesise,
            survey=lambda site, declared: self.survey(),
            review=lambda site, planned, previous: Gate(planned.shown, self),
            make_place=step("make place"),
            back_up=step("backup", backup),
            seed=step("seed"),
            first_runs=step("first runs", []),
            look=step("smoke", 1),
            archive=Shelf,
        )

    def survey(self) -> list[Existing]:
        self.tick("survey")
        return [Existing(one["type"], one["key"], str(one["id"])) for one in self.objects]


@dataclass
class Gate:
    """Refuses what destroys, and what loses a column."""

    shown: Mapping[str, Mapping[str, Any]]
    world: World

    @property
    def verdicts(self) -> Gate:
        return self

    def as_dict(self) -> dict[str, Any]:
        return {"passed": True}

    def raise_if_refused(self) -> None:
        self.world.tick("gate")
        for shown in self.shown.values():
            for one in shown["changes"]:
                if one["action"] == "delete":
                    raise RefusedError(f"{one['address']} would be destroyed")
                before, after = (json.loads((one[side] or {}).get("schema") or "[]") for side in ("before", "after"))
                lost = [str(found) for found in compare_schemas(before, after) if found.kind.is_loss]
                if lost:
                    raise RefusedError(f"{one['address']}: {', '.join(lost)}")


@dataclass
class Played:
    """Terraform in one stack's folder."""

    world: World
    site: Site
    stack: str
    listener: Listener | None

    @property
    def folder(self) -> Path:
        return stack_folder(self.site.out, self.stack)

    def init(self) -> None:
        self.world.tick(f"init {self.stack}")

    def state(self) -> dict[str, Any]:
        held = self.world.states[self.stack]
        return {
            "resources": [
                {"mode": "managed", "type": address.partition(".")[0], "name": address.partition(".")[2],
                 "instances": [{"attributes": {"id": str(number)}}]}
                for address, number in held.items()
            ]
        }  # fmt: skip

    def version(self) -> dict[str, Any]:
        chosen = {"registry.terraform.io/hashicorp/google": self.world.provider}
        return {"terraform_version": "1.11.4", "provider_selections": chosen}

    def plan(self, out: Path) -> bool:
        self.world.tick(f"plan {self.stack}")
        changes = self._changes()
        out.write_text(json.dumps(changes))
        for one in changes:
            if self.listener is not None:
                self.listener(Message("planned_change", "", one["address"], one["action"]))
        return bool(changes)

    def show(self, plan: Path) -> dict[str, Any]:
        return {"changes": json.loads(plan.read_text())}

    def apply(self, plan: Path) -> None:
        self.world.tick(f"apply {self.stack}")
        held = self.world.states[self.stack]
        for one in json.loads(plan.read_text()):
            self.world.tick(f"change {one['address']}")
            if one["action"] == "create":
                number = self._create(one)
                self.world.tick(f"created {one['address']}, not in the state yet")
                held[one["address"]] = number
            elif one["action"] == "import":
                held[one["address"]] = int(one["id"])
                self._live(int(one["id"]))["body"] = one["after"]
            else:
                self._live(held[one["address"]])["body"] = one["after"]
                self.world.tick(f"updated {one['address']}")
            if self.listener is not None:
                self.listener(Message("apply_complete", "", one["address"], one["action"]))

    def _create(self, one: Mapping[str, Any]) -> int:
        kind = str(one["type"])
        twin = [other for other in self.world.objects if (other["type"], other["key"]) == (kind, tuple(one["key"]))]
        if twin and kind != SCHEDULE:
            raise InfraError(f"409 Already Exists: {one['address']}")
        number = 1 + max((other["id"] for other in self.world.objects), default=0)
        self.world.objects.append({"id": number, "type": kind, "key": tuple(one["key"]), "body": one["after"]})
        return number

    def _live(self, number: int) -> dict[str, Any]:
        return next(one for one in self.world.objects if one["id"] == number)

    def _changes(self) -> list[dict[str, Any]]:
        declared = json.loads((self.folder / STACK_FILE).read_text())
        imports = self.folder / IMPORTS_FILE
        adopted = (
            {one["to"]: one["id"] for one in json.loads(imports.read_text())["import"]} if imports.exists() else {}
        )
        held, found = self.world.states[self.stack], []
        for one in wanted(self.stack, declared, PROJECT):
            body = dict(declared["resource"][one.type][one.name])
            about = {"address": one.address, "type": one.type, "key": key_of(one), "after": body, "before": None}
            if one.address in held:
                live = self._live(held[one.address])["body"]
                if live != body:
                    found.append({**about, "action": "update", "before": live})
            elif one.address in adopted:
                live = self._live(int(adopted[one.address]))["body"]
                found.append({**about, "action": "import", "id": adopted[one.address], "before": live})
            else:
                found.append({**about, "action": "create"})
        gone = set(held) - {f"{kind}.{name}" for (kind, name), _ in bodies(declared)}
        found += [{"address": one, "action": "delete", "before": None, "after": None} for one in sorted(gone)]
        return found


@dataclass(frozen=True)
class PlayedSite(Site):
    world: World = field(default_factory=lambda: World(Path("nowhere")))

    def start(self) -> str:
        return "here"

    @property
    def rest(self) -> Rest:  # type: ignore[override]
        return self.world.storage.rest

    def terraform(self, stack: str, logs: Path | None = None, listener: Listener | None = None) -> Any:
        return Played(self.world, self, stack, listener)


def table(name: str, *columns: str, **about: Any) -> dict[str, Any]:
    fields = [{"name": one, "type": "STRING", "mode": "NULLABLE"} for one in columns]
    return {
        "table_id": name, "dataset_id": "eros", "project": PROJECT, "schema": json.dumps(fields),
        "deletion_protection": True, "lifecycle": {"prevent_destroy": True}, **about,
    }  # fmt: skip


def schedule(name: str, times: str = "every 24 hours from 00:07 to 23:07", **about: Any) -> dict[str, Any]:
    return {
        "display_name": name, "project": PROJECT, "location": "US", "schedule": times, "disabled": False,
        "params": {"query": f"CALL {name}()"}, **about,
    }  # fmt: skip


def old_stacks() -> Stacks:
    """A first release: a table, a routine, a schedule, an alert, a bucket."""
    place = {"terraform": {"required_providers": {"google": {"version": "~> 6.50"}}}, "provider": {"google": [{}]}}
    resource: dict[str, dict[str, Any]] = {
        "state": {"google_storage_bucket": {"states": {"name": "states", "project": PROJECT}}},
        "warehouse": {
            "google_bigquery_table": {"creators": table("creators", "page_name", "settings")},
            "google_bigquery_routine": {
                "score": {
                    "routine_id": "score", "dataset_id": "eros", "project": PROJECT, "definition_body": "1",
                    "depends_on": ["google_bigquery_table.creators"],
                }
            },
        },
        "automation": {SCHEDULE: {"daily": schedule("daily")}},
        "guardrails": {"google_pubsub_topic": {"money": {"name": "money", "project": PROJECT}}},
        "observability": {
            "google_monitoring_alert_policy": {
                "slow": {"display_name": "slow", "project": PROJECT, "enabled": True, "combiner": "OR"}
            }
        },
    }  # fmt: skip
    return {stack: {**copy.deepcopy(place), "resource": resource[stack]} for stack in STACKS}


def new_stacks() -> Stacks:
    """The release after it: another routine and time, a new column, table, schedule and alert."""
    stacks = old_stacks()
    warehouse, automation, observability = (stacks[one]["resource"] for one in STACKS if one[0] in "wao")
    warehouse["google_bigquery_routine"]["score"]["definition_body"] = "2"
    warehouse["google_bigquery_table"]["creators"] = table("creators", "page_name", "settings", "nickname")
    warehouse["google_bigquery_table"]["flags"] = table("flags", "flag", depends_on=["google_bigquery_table.creators"])
    automation[SCHEDULE]["daily"] = schedule("daily", "every 2 hours from 00:29 to 22:29")
    automation[SCHEDULE]["hourly"] = schedule("hourly")
    observability["google_monitoring_alert_policy"]["loud"] = {
        "display_name": "loud", "project": PROJECT, "enabled": True, "combiner": "OR",
    }  # fmt: skip
    return stacks


def names_of(stacks: Stacks) -> list[str]:
    return schedule_names(stacks.values())
