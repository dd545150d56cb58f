"""Every verb of the registry says who and when, and leaves an audit entry."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from tests.repository.places import SOURCE

# Rooms whose verbs are in more than one module.
MORE = (
    *("treatment/infusion_days", "treatment/courses"),
    *("submissions/drafts", "submissions/signing", "submissions/consents"),
    *("monitoring/resolving", "monitoring/signals", "monitoring/connecting"),
)
NOT_VERBS = {"seal_of", "lock_draft", "lock_open_draft", "sign_with_link", "keep_consents"}
MODULES = sorted(
    [
        *SOURCE.glob("registry/*/actions.py"),
        *(SOURCE / f"registry/{name}.py" for name in MORE),
        *(
            path
            for path in SOURCE.glob("registry/reactions/[a-z]*.py")
            if not path.stem.endswith("_facts")
        ),
    ],
)


def module_of(path: Path) -> ModuleType:
    """The module at a path."""
    return import_module(".".join(("etasu", *path.relative_to(SOURCE).with_suffix("").parts)))


def verbs(module: ModuleType) -> list[FunctionType]:
    """The public functions a module defines itself."""
    return [
        value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and name not in NOT_VERBS
    ]


def says_who_and_when(verb: FunctionType) -> bool:
    """Whether `by` and `at` are keyword-only and have no default."""
    parameters = inspect.signature(verb).parameters
    return all(
        name in parameters
        and parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        and parameters[name].default is inspect.Parameter.empty
        for name in ("by", "at")
    )


def writes_audit(verb: FunctionType) -> bool:
    """Whether the verb, or a function it calls in its module, records or calls another verb."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(verb)))  # type: ignore[arg-type]
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    seen: set[str] = set()
    waiting = [verb.__name__]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for call in (n for n in ast.walk(functions[name]) if isinstance(n, ast.Call)):
            target = call.func
            if isinstance(target, ast.Attribute):
                if target.attr == "record" or _passes_actor(call):
                    return True
            elif isinstance(target, ast.Name):
                if target.id in functions and target.id not in seen:
                    waiting.append(target.id)
                elif target.id not in functions and _passes_actor(call):
                    return True
    return False


def _passes_actor(call: ast.Call) -> bool:
    return {"by", "at"} <= {keyword.arg for keyword in call.keywords}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.parent.name)
def test_every_verb_says_who_and_when(path: Path) -> None:
    assert [verb.__name__ for verb in verbs(module_of(path)) if not says_who_and_when(verb)] == []


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parent.name != "audit"], ids=lambda path: path.parent.name
)
def test_every_verb_leaves_an_audit_entry(path: Path) -> None:
    assert [verb.__name__ for verb in verbs(module_of(path)) if not writes_audit(verb)] == []


def test_verbs_for_many_records_are_verbs_as_well() -> None:
    found = [
        verb
        for path in sorted(SOURCE.glob("registry/*/bulk.py"))
        for verb in verbs(module_of(path))
        if verb.__name__.startswith(("carry_over_", "recognize_"))
    ]
    assert len(found) >= 9
    assert [v.__name__ for v in found if not (says_who_and_when(v) and writes_audit(v))] == []


def test_there_are_verbs_to_look_at() -> None:
    assert sum(len(verbs(module_of(path))) for path in MODULES) >= 20


def test_the_table_of_consequences_names_every_reaction() -> None:
    table = (SOURCE / "registry/reactions/__init__.py").read_text()
    found = {
        verb.__name__
        for path in MODULES
        if path.parent.name == "reactions"
        for verb in verbs(module_of(path))
    }
    assert found == set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))


# Verbs that take something away, and the reaction that also takes back what rested on it.
STOPS = {"open_hold", "end_enrollment", "suspend_participant", "decertify_participant"}


def imported_from_actions(path: Path) -> set[str]:
    """The names a module takes from the registry's actions, and those it calls on them."""
    tree = ast.parse(path.read_text())
    named = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".actions")
        for alias in node.names
    }
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return named | called


def test_doors_stop_people_only_through_reactions() -> None:
    doors = [
        p for room in ("portals", "interfaces", "clock") for p in (SOURCE / room).rglob("*.py")
    ]
    assert len(doors) > 30
    assert {
        p.name: STOPS & imported_from_actions(p) for p in doors if STOPS & imported_from_actions(p)
    } == {}


def test_nothing_the_gates_read_as_signed_is_made_anywhere_else() -> None:
    """Each of these places checks the form first, or says that somebody else vouches for it."""
    made = re.compile(r"(?<!class )SignedForm\((?!models)|(?<!def )keep_signed_form\(")
    places = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "migrations" not in path.parts and made.search(path.read_text())
    }
    assert places == {
        "registry/submissions/keeping.py",
        "registry/submissions/signing.py",
        "registry/submissions/bulk.py",
        "registry/reactions/signing.py",
    }
