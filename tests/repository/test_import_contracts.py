"""The import contracts catch what they are meant to: every kind of trespass, planted at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {
    "safe_use": "import django, yaml, time, os\n",
    "programs": "import etasu.registry.patients.facts\n",
    "registry/participants": "import etasu.registry.patients.facts\n",
    "registry/monitoring": "import etasu.registry.compliance.facts\n",
    "registry/treatment": "import etasu.registry.authorizations.facts\n",
    "registry/audit": "import etasu.registry.reactions\nimport etasu.portals.urls\n",
    "registry/newcomer": "",
    "portals/prescriber": "import etasu.registry.patients.models, etasu.portals.facility.views\n",
}
CAUGHT = {
    "Safe use knows no framework, no database, no network, no clock": [
        "etasu.safe_use.planted -> django",
        "etasu.safe_use.planted -> yaml",
        "etasu.safe_use.planted -> time",
        "etasu.safe_use.planted -> os",
    ],
    "Doors above registry above program library above safe use": [
        "etasu.programs.planted -> etasu.registry.patients.facts",
        "etasu.registry.audit.planted -> etasu.portals.urls",
    ],
    "Registry rooms in order": [
        "etasu.registry.participants.planted -> etasu.registry.patients.facts",
        "etasu.registry.monitoring.planted -> etasu.registry.compliance.facts",
        "etasu.registry.treatment.planted -> etasu.registry.authorizations.facts",
        "etasu.registry.audit.planted -> etasu.registry.reactions",
        "etasu.registry.newcomer",
    ],
    "Doors change the registry only through actions and read it only through facts": [
        "etasu.portals.prescriber.planted -> etasu.registry.patients.models",
    ],
    "One audience never borrows from another": [
        "etasu.portals.prescriber.planted -> etasu.portals.facility.views",
    ],
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the house in which everything forbidden was planted."""
    copy = tmp_path_factory.mktemp("house")
    unwanted = shutil.ignore_patterns("__pycache__", "_data")
    shutil.copytree(ROOT / "src", copy / "src", ignore=unwanted)
    shutil.copy(ROOT / ".importlinter", copy)
    for room, text in PLANTED.items():
        folder = copy / "src" / "etasu" / room
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / "planted.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "COLUMNS": "400"}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("contract", CAUGHT)
def test_a_trespass_is_caught_by_the_contract_meant_for_it(contract: str, report: str) -> None:
    _, _, details = report.partition("Broken contracts")
    _, _, section = details.partition(contract)
    following = [section.find(other) for other in CAUGHT if other in section]
    section = section[: min(following, default=len(section))]
    missed = [line for line in CAUGHT[contract] if line not in section]
    assert missed == [], section
