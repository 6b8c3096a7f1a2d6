"""What the code of an agent says about itself: signatures, fields, queries, errors, constants, imports."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import inspect
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic

AGENTS = (
    "performance_analyzer",
    "real_time_monitor",
    "caption_selector",
    "schedule_builder",
    "sheets_exporter",
    "orchestrator",
)
# Modules that belong to an agent besides its own: what they define and raise is described with it.
HELPERS = {
    "schedule_builder": ("orchestrator.domain.plan",),
    "sheets_exporter": ("orchestrator.exporters.sheets_export_client",),
    "orchestrator": ("orchestrator.agents.run_report",),
}
# Where a typed constant of Python stands in sql/constants.yaml.
TYPED = {"sending.first": "time.first_send_time", "default_seed": "default_seed", "bandit.temper": "bandit.temper"}

Lines = tuple[tuple[str, str], ...]
"""(name, "type" or "type = default") of parameters or fields, in order; a parameter given by name ends in "="."""


@dataclass(frozen=True)
class Facts:
    """What must stand in an agent's specification. `types` are those it defines and those its functions return."""

    summary: str
    functions: Mapping[str, tuple[Lines, str]]
    types: Mapping[str, Lines]
    queries: frozenset[str]
    raised: frozenset[str]
    caught: frozenset[str]
    agents: frozenset[str]
    constants: frozenset[str]


@dataclass(frozen=True)
class Source:
    """A module with the text it was made from, which may differ from the file's."""

    module: ModuleType
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of the text."""
        return ast.parse(self.text)


def source_of(name: str, old: str = "", new: str = "") -> Source:
    """A module, as it is or with `old` replaced by `new` in its text. Nothing else sees the changed one."""
    module = importlib.import_module(name)
    text = inspect.getsource(module)
    if not old:
        return Source(module, text)
    assert old in text, f"{name} has no {old!r}"
    text = text.replace(old, new)
    changed = ModuleType(name)
    exec(compile(text, f"{name} (changed)", "exec"), changed.__dict__)
    return Source(changed, text)


def facts_of(agent: str, own: Source | None = None) -> Facts:
    """The facts of an agent; `own` stands for its module when that was changed."""
    main = own or source_of(f"orchestrator.agents.{agent}")
    helpers = [source_of(name) for name in HELPERS.get(agent, ())]
    functions = {name: _signature(one) for name, one in _public(main.module, inspect.isfunction)}
    types = {
        one.__name__: _fields(one)
        for source in (
            main,
            *(helper for helper in helpers if helper.module.__name__.startswith("orchestrator.agents")),
        )
        for _, one in _public(source.module, dataclasses.is_dataclass)
    }
    for _, function in _public(main.module, inspect.isfunction):
        types |= {one.__name__: _fields(one) for one in _returned(function, _imported(main.tree))}
    trees = [source.tree for source in (main, *helpers)]
    return Facts(
        summary=(main.module.__doc__ or "").split("\n\n")[0].removeprefix(f"{agent}:").strip(),
        functions=functions,
        types=types,
        queries=frozenset(_queries(main.tree)),
        raised=frozenset(name for tree in trees for name in raised_in(tree)),
        caught=frozenset(_caught(main.tree)),
        agents=frozenset(_agents(main.tree)) - {agent},
        constants=frozenset(_constants(main.tree)),
    )


def _public(module: ModuleType, kind: Any) -> list[tuple[str, Any]]:
    """What a module defines itself and does not hide, in the order of its text."""
    members = inspect.getmembers(module, lambda one: kind(one) and getattr(one, "__module__", "") == module.__name__)
    order = list(module.__dict__)
    return sorted(((name, one) for name, one in members if name[0] != "_"), key=lambda pair: order.index(pair[0]))


def _signature(function: Any) -> tuple[Lines, str]:
    signature = inspect.signature(function)
    parameters = tuple(
        (f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name, _line(one.annotation, one.default))
        for one in signature.parameters.values()
    )
    return parameters, str(signature.return_annotation)


def _fields(kind: Any) -> Lines:
    if dataclasses.is_dataclass(kind):
        return tuple((one.name, _line(one.type, _default(one))) for one in dataclasses.fields(kind))
    return tuple((name, str(text)) for name, text in inspect.get_annotations(kind).items())


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return inspect.Parameter.empty if field.default_factory is dataclasses.MISSING else "made anew"


def _line(annotation: object, default: object) -> str:
    if default is inspect.Parameter.empty:
        return str(annotation)
    if isinstance(default, Path):
        return f"{annotation} = Path({str(default)!r})"
    return f"{annotation} = {default.__name__ if isinstance(default, type) else repr(default)}"


def _imported(tree: ast.AST) -> dict[str, Any]:
    """What a module imports from the house, also where only type checkers or one function do."""
    return {
        alias.name: getattr(importlib.import_module(node.module), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("orchestrator.domain")
        for alias in node.names
    }


def _returned(function: Any, names: dict[str, Any]) -> Iterator[Any]:
    """The dataclasses and models in a function's return type."""
    pending = [typing.get_type_hints(function, localns=names).get("return")]
    while pending:
        kind = pending.pop()
        pending += typing.get_args(kind)
        is_model = isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or is_model):
            yield kind


def _queries(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "query":
            assert isinstance(node.args[0], ast.Constant)
            yield str(node.args[0].value)


def raised_in(tree: ast.AST) -> Iterator[str]:
    """Names of the classes in `raise Name(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield node.exc.func.id


def _caught(tree: ast.AST) -> Iterator[str]:
    """Names in `except`, unless what was caught is raised on as another error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and not any(isinstance(one, ast.Raise) for one in node.body):
            yield from (name.id for name in ast.walk(node.type or ast.Tuple([])) if isinstance(name, ast.Name))


def _agents(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orchestrator.agents"):
            rest = (node.module or "").split(".")[2:]
            yield from (name for name in (rest or [alias.name for alias in node.names]) if name in AGENTS)


def _constants(tree: ast.AST) -> Iterator[str]:
    """Paths in sql/constants.yaml that the text asks for: constants()["a"]["b"], or the typed constants().a.b."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("constants", "yaml_constants"):
            keys: list[str] = []
            names: list[str] = []
            above: ast.AST | None = parents.get(node)
            while isinstance(above, ast.Subscript) and isinstance(above.slice, ast.Constant):
                keys.append(str(above.slice.value))
                above = parents.get(above)
            while not keys and isinstance(above, ast.Attribute):
                names.append(above.attr)
                above = parents.get(above)
            yield ".".join(keys) if keys else TYPED[".".join(names)]


def modules_behind(name: str) -> set[str]:
    """The modules of the house that a module reaches by imports, itself included."""
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in found:
            continue
        found.add(current)
        for node in ast.walk(source_of(current).tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orchestrator"):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
                pending += [one for one in names if importlib.util.find_spec(node.module or "") and _is_module(one)]
    return found


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
