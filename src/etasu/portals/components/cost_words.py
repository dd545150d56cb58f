"""Help with costs in a patient's words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.safe_use.copay import CENTS, Cost, Reason

Words = str | Promise
COSTS: Mapping[Cost, Words] = {
    Cost.DRUG: _("What you pay for the drug"),
    Cost.INFUSION: _("What you pay for the infusion itself"),
}
# What speaks against help, and what to do about it.
REASONS: Mapping[Reason, Words] = {
    Reason.ENDED: _("This help has ended. A nurse can tell you of others."),
    Reason.NO_CONSENT: _("You do not allow it at the moment. Allow it first."),
    Reason.NOT_ENROLLED: _("You did not take part on that day."),
    Reason.COVERAGE_NOT_KNOWN: _("We do not know your insurance yet. Answer the questions again."),
    Reason.NO_COMMERCIAL_INSURANCE: _(
        "It is only for people with commercial insurance. A nurse can tell you of other help."
    ),
    Reason.GOVERNMENT_COVERAGE: _(
        "The law does not allow it for people with Medicare, Medicaid or other government"
        " coverage. A nurse can tell you of other help."
    ),
    Reason.STATE_NOT_KNOWN: _("We do not know your state yet. Answer the questions again."),
    Reason.STATE_WITHOUT_HELP: _("The law of your state does not allow this part."),
    Reason.NO_INFUSION: _(
        "No infusion is on record on that day. Ask the place where you had it to record it."
    ),
    Reason.BEFORE_ENROLLMENT: _("You had this infusion before you took part."),
    Reason.CLAIMED_ALREADY: _("It was paid for that day already."),
    Reason.OVER_THE_MOST: _("It is more than the most we can pay for one day."),
}


def dollars(cents: int) -> str:
    """An amount as it is written in the United States: $1,234.50, or $100 without cents."""
    whole, rest = divmod(cents, CENTS)
    return f"${whole:,}.{rest:02}" if rest else f"${whole:,}"
