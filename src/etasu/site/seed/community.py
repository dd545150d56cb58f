"""The community of a seeded site: two members, a talk, and what waits for a moderator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.community.answering import Complaint, nod_to, report_post
from etasu.registry.community.facts import APost, Who
from etasu.registry.community.members import join
from etasu.registry.community.moderating import Verdict, decide_post
from etasu.registry.community.writing import New
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import post_written
from etasu.registry.submissions.actions import Given, give_consent
from etasu.safe_use.community import Community
from etasu.site.seed.cast import email
from etasu.site.seed.desk import Desk

HOUR = timedelta(hours=1)
MEMBERS = {"iris": "Blue Heron", "tess": "Night Owl"}


def let_members_talk(desk: Desk, patients: Mapping[str, str]) -> None:
    """A topic with an answer; a report of one post, and a first post nobody has read yet."""
    community = desk.version_on(desk.today).community
    known = [each for each in MEMBERS if each in patients]
    if community is None or len(known) < len(MEMBERS):
        return
    heron, owl = (_Voice(desk, key, patients[key], community) for key in known)
    board = community.boards[0].code
    title = "What helped you on the first day?"
    first = heron.says(New("Warm socks, and somebody to talk to.", board=board, title=title), 30)
    moderator = User.objects.get(email=email("juno"))
    by = Actor(moderator.number, access.MODERATOR)
    decide_post(first, Verdict(hides=False), by=by, at=desk.at - 29 * HOUR)
    nod_to(first, owl.member, community.nods[0].code, by=owl.by, at=desk.at - 20 * HOUR)
    rude = heron.says(New("Whoever complains about needles is a baby.", topic=first.topic), 9)
    complaint = Complaint(community.rules[0].code, "I am afraid of needles, and not ashamed.")
    report_post(rude, owl.member, complaint, by=owl.by, at=desk.at - 8 * HOUR)
    owl.says(New("A good book. And my sister, who can be silent.", topic=first.topic), 5)


class _Voice:
    """A patient who joined, and writes so many hours before now."""

    def __init__(self, desk: Desk, key: str, number: str, community: Community) -> None:
        self.at, patient = desk.at, Patient.objects.get(number=number)
        self.by = Actor(f"cast {key}", access.PATIENT)
        given = Given(
            *(desk.code, community.consent, "patient", patient.pk, number),
            *(patient.full_name, "link"),
        )
        began = desk.at - 40 * HOUR
        give_consent(given, on=desk.today, by=self.by, at=began)
        who = Who(desk.code, patient=patient)
        self.member = join(who, MEMBERS[key], by=self.by, at=began)

    def says(self, new: New, hours_ago: int) -> APost:
        """Write it."""
        at = self.at - hours_ago * HOUR
        return post_written(self.member, new, by=self.by, at=at).post
