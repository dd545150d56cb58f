"""Invented people for trying Etasu out, for its tests, and for measuring it at full size.

The same seed gives the same people. Every name is made of plain words, every identifier has right
check digits and belongs to nobody, every address ends in example.org.
"""

from etasu.site.seed.cast_days import cast_on, refresh_cast
from etasu.site.seed.loading import is_empty, is_invented, load, load_cast
from etasu.site.seed.report import CannotSeed, DemoKey, SeedReport, SignIn
from etasu.site.seed.sign_ins import cast_patients, keys, mend_sign_ins, sign_ins

__all__ = [
    "CannotSeed",
    "DemoKey",
    "SeedReport",
    "SignIn",
    "cast_on",
    "cast_patients",
    "is_empty",
    "is_invented",
    "keys",
    "load",
    "load_cast",
    "mend_sign_ins",
    "refresh_cast",
    "sign_ins",
]
