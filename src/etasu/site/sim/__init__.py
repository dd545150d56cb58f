"""A whole program over years, with everything that goes wrong, on the real services.

One seed is one history: the same people, results, faults and crashes in the same order. After
every event the promises of the platform are looked at; the first one broken ends it.
"""

from etasu.site.sim.plan import Plan
from etasu.site.sim.report import SimReport, Violation
from etasu.site.sim.running import Unforeseen, shared_cast, simulate
from etasu.site.sim.scratch import NotScratch, scratch_database

__all__ = [
    "NotScratch",
    "Plan",
    "SimReport",
    "Unforeseen",
    "Violation",
    "scratch_database",
    "simulate",
    "shared_cast",
]
