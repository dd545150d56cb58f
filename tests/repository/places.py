"""Where things are in the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "etasu"
PROGRAMS = ROOT / "programs"


def python_files() -> list[Path]:
    """Every module of the platform but migrations, by path."""
    return sorted(p for p in SOURCE.rglob("*.py") if "migrations" not in p.parts)
