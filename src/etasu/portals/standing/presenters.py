"""What the pages about one's standing show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.words import PARTIES, status
from etasu.portals.standing.here import Mine
from etasu.registry.participants.certificates import Verified
from etasu.registry.participants.facts import certifications_of, standing_in_brief
from etasu.registry.participants.listing import is_of_the_list, may_choose
from etasu.registry.participants.locator import is_found
from etasu.registry.participants.renewal import why_stopped
from etasu.registry.participants.suspending import suspensions_to_lift
from etasu.safe_use.certification import StandingState
from etasu.safe_use.program import Party
from etasu.safe_use.renewal import Renewal, Why

_NONE = "–"
# What was done to a standing that is stopped, as the audit trail names it.
_STOPPED = {
    StandingState.SUSPENDED: "participant.suspended",
    StandingState.DECERTIFIED: "participant.decertified",
}


class Advice(NamedTuple):
    """What somebody should know first: one sentence in bold, and what to do about it."""

    said: str
    then: str
    is_warning: bool = True


def kind_of(participant: Any) -> str:
    """What the participant is, in words."""
    return str(PARTIES.get(participant.kind, participant.kind))


def standing_rows(own: Mine) -> list[SummaryRow]:
    """The standing, from when and until when, and what renewing waits for."""
    now, due = own.standing, own.due
    state = now.state.value
    rows = [
        SummaryRow(_("Standing"), status("standing", state).detail, status=("standing", state)),
        SummaryRow(_("Certified since"), day(now.certified_from) or _NONE),
    ]
    if now.certified_from:
        until = day(now.certified_until) if now.certified_until else _("It does not end")
        rows.append(SummaryRow(_("Certified through"), until))
    if due is not None and due.opens_on and not due.is_open:
        rows.append(SummaryRow(_("You can renew from"), day(due.opens_on)))
    if is_of_the_list(own.participant):
        rows.append(_in_the_list(own))
    return [*rows, SummaryRow(_("Number"), own.participant.number)]


def _in_the_list(own: Mine) -> SummaryRow:
    """Whether the public finds the participant, with the way to what is shown and to the choice."""
    there = reverse("standing:listing", args=[own.participant.number])
    is_shown = is_found(own.participant, own.today)
    said = _("Shown to the public") if is_shown else _("Not shown to the public")
    offered = _("Change") if may_choose(own.participant) else _("See what is shown")
    return SummaryRow(_("Public list of sites"), said, there, offered)


def advice(own: Mine) -> Advice | None:
    """What needs doing now and why; None when nothing does."""
    state, due = own.standing.state, own.due
    if state in _STOPPED:
        return _stopped(own, state)
    if planned := _planned(own):
        return planned
    if due is not None and due.is_open:
        return _renew(own, due)
    if state in (StandingState.NOT_STARTED, StandingState.IN_PROGRESS):
        then = _("Do the steps below. The last one certifies at once.")
        return Advice(_("Not certified yet."), then, is_warning=False)
    return None


def _stopped(own: Mine, state: StandingState) -> Advice:
    reason = why_stopped(own.participant, _STOPPED[state])
    if state is StandingState.SUSPENDED:
        running = _now_suspended(own)
        until = running.until if running else own.facts.suspended_until
        reason = running.reason if running else reason
        said = _("The program has suspended this certification.")
        if until is not None:
            said = _("The program has suspended this certification through %(day)s.") % {
                "day": day(until)
            }
    else:
        said = _("The program has taken this certification away.")
    if reason:
        said = f"{said} {_('The reason given: “%(reason)s”') % {'reason': reason}}"
    then = _("Call the program to learn what is needed. The telephone number is below.")
    return Advice(said, then)


def _planned(own: Mine) -> Advice | None:
    """What is to stop the certification on a day that has not come yet."""
    then = _("Until then nothing changes. Call the program to learn what is needed.")
    ends_on = own.participant.decertified_on
    coming = [s for s in suspensions_to_lift(own.participant, own.today) if s.since > own.today]
    first = coming[0] if coming else None
    if ends_on is not None and (first is None or ends_on <= first.since):
        reason = why_stopped(own.participant, _STOPPED[StandingState.DECERTIFIED])
        said = _("This certification will be taken away on %(day)s.") % {"day": day(ends_on)}
    elif first is not None:
        reason = first.reason
        said = _("This certification will be suspended from %(day)s.") % {"day": day(first.since)}
    else:
        return None
    if reason:
        said = f"{said} {_('The reason given: “%(reason)s”') % {'reason': reason}}"
    return Advice(said, then)


def _now_suspended(own: Mine) -> Any:
    """The suspension that runs today; None for one brought over with nothing but its days."""
    running = suspensions_to_lift(own.participant, own.today)
    return next((each for each in running if each.since <= own.today), None)


def _renew(own: Mine, due: Renewal) -> Advice:
    if due.why is Why.LAPSED:
        said = _("The certification ended on %(day)s.") % {"day": day(due.ends_on)}
        then = _("Only the steps below are to be done again. The last one certifies at once.")
        return Advice(said, then)
    if due.why is Why.NEW_REPRESENTATIVE:
        said = _("The representative on record has left.")
        # A day that has passed is nothing to do anything by.
        is_past = due.ends_on is not None and due.ends_on < own.today
        then = _("Whoever represents it now does the steps below. The last one certifies at once.")
        if not is_past:
            then = _("Whoever represents it now does the steps below by %(day)s.") % {
                "day": day(due.ends_on)
            }
        return Advice(said, then)
    said = _("The certification ends on %(day)s.") % {"day": day(due.ends_on)}
    return Advice(said, _("Renew it before then, and there is no gap."))


def history_table(own: Mine, papers: Sequence[Verified]) -> WorklistTable:
    """Every certification with its certificate, newest first."""
    known = {each.certificate.certification_id: each for each in papers}
    return WorklistTable(
        caption=_("Certifications"),
        columns=(_("From"), _("Until"), _("Certificate")),
        rows=[
            (
                Cell(short_day(each.certified_from)),
                Cell(short_day(each.certified_until) or _("No end")),
                _paper_cell(own, known.get(each.pk)),
            )
            for each in certifications_of(own.participant)
        ],
        empty=_("No certification is on record yet."),
    )


def _paper_cell(own: Mine, paper: Verified | None) -> Cell:
    if paper is None:
        return Cell(_NONE)
    number = paper.certificate.number
    if not paper.is_valid:
        return Cell(_("%(number)s, no longer valid") % {"number": number})
    there = reverse("standing:certificate", args=[own.participant.number, number])
    return Cell(_("%(number)s (PDF)") % {"number": number}, there)


def sites_table(sites: Sequence[Any], party: Party, today: Any) -> WorklistTable:
    """Everything a representative acts for, each with its standing."""
    return WorklistTable(
        caption=_("What you represent"),
        columns=(_("Name"), _("Standing"), _("Certified through")),
        rows=[
            (
                Cell(each.name, reverse("standing:mine", args=[each.number])),
                Cell(status=("standing", standing_in_brief(each, party, today).value)),
                Cell(short_day(each.certified_until) or _NONE),
            )
            for each in sites
        ],
        empty=_("You represent nothing now."),
    )
