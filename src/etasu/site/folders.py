"""Where the files that are not Python lie: in a checkout, or inside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]


def static_folder() -> Path:
    """The folder of style sheets, scripts, fonts and images."""
    packaged = _PACKAGE / "_data" / "static"
    return packaged if packaged.is_dir() else _CHECKOUT / "static"
