"""Plants small faults in the decision core, one at a time, and asks whether a unit test notices.

Runs mutmut on `src/etasu/safe_use` in a copy under `build/mutation`. A planted fault that no test
notices must be listed, with the reason why it changes nothing, in
`tests/safe_use/surviving_mutants.toml`; one that is listed must still go unnoticed. Otherwise this
fails.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
COPY = CHECKOUT / "build" / "mutation"
EXPLAINED = CHECKOUT / "tests" / "safe_use" / "surviving_mutants.toml"
MUTMUT = Path(sys.executable).with_name("mutmut")
# These run every program, or every day until 2060, and are too slow to run for every fault.
LEFT_OUT = {"test_properties.py", "test_each_requirement_alone.py", "test_every_form.py"}
SETTINGS = """
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["-p", "no:django", "-p", "no:cacheprovider", "--import-mode=importlib"]

[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/etasu/safe_use/*"]
pytest_add_cli_args_test_selection = ["tests/safe_use"]
"""
NOTICED = {"killed", "timeout"}
_RESULT = re.compile(r"^\s*(\S+): (.+)$", re.MULTILINE)


class Survivor(NamedTuple):
    """A planted fault no test noticed: where it is, and the line as it was changed."""

    function: str
    change: str


def main() -> int:
    """Run everything; 0 when every fault was noticed or is explained."""
    prepare()
    subprocess.run([MUTMUT, "run", "--max-children", "2"], cwd=COPY, check=True)
    outcomes = _RESULT.findall(_mutmut("results", "--all", "true"))
    unnoticed = sorted({_survivor(name) for name, said in outcomes if said not in NOTICED})
    explained = sorted(set(read_explained()))
    print(f"{len(outcomes)} faults planted, {len(unnoticed)} unnoticed, {len(explained)} explained")
    missing = [each for each in unnoticed if each not in explained]
    stale = [each for each in explained if each not in unnoticed]
    for each in missing:
        print(f"not noticed and not explained: {each.function}: {each.change}")
    for each in stale:
        print(f"explained but noticed, or gone: {each.function}: {each.change}")
    return 1 if missing or stale or len(outcomes) < 1000 else 0


def prepare() -> None:
    """A fresh copy of the core and of its unit tests, without the platform around them."""
    shutil.rmtree(COPY, ignore_errors=True)
    source, tests = COPY / "src" / "etasu", COPY / "tests" / "safe_use"
    shutil.copytree(CHECKOUT / "src" / "etasu" / "safe_use", source / "safe_use")
    shutil.copy(CHECKOUT / "src" / "etasu" / "__init__.py", source)
    tests.mkdir(parents=True)
    shutil.copy(CHECKOUT / "tests" / "__init__.py", tests.parent)
    for path in (CHECKOUT / "tests" / "safe_use").glob("*.py"):
        if path.name not in LEFT_OUT:
            shutil.copy(path, tests)
    for path in (source / "safe_use").glob("*.py"):
        path.write_text(_with_plain_properties(path.read_text()))
    (COPY / "pyproject.toml").write_text(SETTINGS)


def read_explained() -> Iterator[Survivor]:
    """The faults that change nothing, each with a reason."""
    for entry in tomllib.loads(EXPLAINED.read_text())["mutant"]:
        if not entry["reason"]:
            raise SystemExit(f"{entry['function']}: a reason is missing")
        yield Survivor(entry["function"], entry["change"])


def _with_plain_properties(source: str) -> str:
    """Properties written as methods, because mutmut leaves decorated functions alone."""
    lines, added = source.splitlines(), []
    for owner in ast.walk(ast.parse(source)):
        if isinstance(owner, ast.ClassDef):
            for each in owner.body:
                if isinstance(each, ast.FunctionDef) and _is_property(each):
                    at = each.lineno - 1
                    lines[at - 1] = ""
                    lines[at] = lines[at].replace(f"def {each.name}(", f"def get_{each.name}(")
                    added.append(
                        f"{owner.name}.{each.name} = property({owner.name}.get_{each.name})"
                    )
    return "\n".join([*lines, *added, ""])


def _is_property(function: ast.FunctionDef) -> bool:
    return [getattr(each, "id", "") for each in function.decorator_list] == ["property"]


def _survivor(name: str) -> Survivor:
    shown = _mutmut("show", name).splitlines()
    changed = [line[1:].strip() for line in shown if line[:1] == "+" and line[:3] != "+++"]
    function = re.sub(r"__mutmut_\d+$", "", name)
    function = re.sub(r"\.x_(?=[^.]*$)", ".", function)
    function = re.sub(r"\.x\u01c1(\w+)\u01c1(\w+)$", r".\1.\2", function)
    return Survivor(function, " ".join(changed))


def _mutmut(*arguments: str) -> str:
    ran = subprocess.run([MUTMUT, *arguments], cwd=COPY, check=True, capture_output=True, text=True)
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main())
