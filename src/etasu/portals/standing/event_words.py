"""The words for each event of a program, with holes for what a message says of it."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class Wording(NamedTuple):
    """The words of an event. They can name whatever `_filled` makes of the message's facts."""

    title: str | Promise
    text: str | Promise


WORDINGS: dict[str, Wording] = {
    "certification_granted": Wording(
        gettext_lazy("%(who)s is certified"),
        gettext_lazy("The certification counts from %(from)s. It ends: %(until)s."),
    ),
    "certification_ends": Wording(
        gettext_lazy("The certification of %(who)s ends on %(until)s"),
        gettext_lazy(
            "Renew it before then, and there is no gap. If nothing has changed, it takes a few "
            "minutes. Without it, nothing is authorized there from the day after."
        ),
    ),
    "certification_lapsed": Wording(
        gettext_lazy("The certification of %(who)s has ended"),
        gettext_lazy(
            "Its last day was %(until)s. Nothing is authorized there until it is renewed. Only the "
            "steps that a renewal takes are to be done again."
        ),
    ),
    "certification_suspended": Wording(
        gettext_lazy("The certification of %(who)s is suspended"),
        gettext_lazy(
            "From %(since)s nothing is authorized through it. The suspension ends: %(through)s. "
            "The reason given: “%(reason)s” Call the program to learn what is needed."
        ),
    ),
    "suspension_planned": Wording(
        gettext_lazy("The certification of %(who)s will be suspended from %(since)s"),
        gettext_lazy(
            "Until then nothing changes. From that day nothing is authorized through it. The "
            "suspension ends: %(through)s. The reason given: “%(reason)s” Call the program to "
            "learn what is needed."
        ),
    ),
    "certification_restored": Wording(
        gettext_lazy("The suspension of %(who)s is over"),
        gettext_lazy("The certification counts again, if it has not ended meanwhile."),
    ),
    "decertified": Wording(
        gettext_lazy("The certification of %(who)s was taken away"),
        gettext_lazy(
            "From %(on)s nothing is authorized through it. The reason given: “%(reason)s” Call "
            "the program if you think this is wrong."
        ),
    ),
    "decertification_planned": Wording(
        gettext_lazy("The certification of %(who)s will be taken away on %(on)s"),
        gettext_lazy(
            "Until then nothing changes. From that day nothing is authorized through it. The "
            "reason given: “%(reason)s” Call the program if you think this is wrong."
        ),
    ),
    "decertification_taken_back": Wording(
        gettext_lazy("%(who)s keeps the certification"),
        gettext_lazy("It was to be taken away, and is not. The reason given: “%(reason)s”"),
    ),
    "representative_left": Wording(
        gettext_lazy("%(who)s needs a new representative"),
        gettext_lazy(
            "The representative on record has left. Name the next one soon: without one, the "
            "certification ends after the time the program allows."
        ),
    ),
    "delegate_asked": Wording(
        gettext_lazy("Somebody asks to prepare forms for you"),
        gettext_lazy(
            "They want to be your delegate. Your first page leads to their name; accept or decline "
            "there. Until you accept, they see nothing of yours."
        ),
    ),
    "newcomer_accepted": Wording(
        gettext_lazy("%(who)s is taken into the program"),
        gettext_lazy(
            "What had to be checked is checked. The certification counts once every step is done; "
            "those done already stay done."
        ),
    ),
    "newcomer_refused": Wording(
        gettext_lazy("The program did not take %(who)s"),
        gettext_lazy(
            "The registration does not lead to a certification. The reason given: “%(reason)s” "
            "Call the program if you think this is wrong."
        ),
    ),
    "newcomer_alike": Wording(
        gettext_lazy("Somebody registered with a name or number like that of %(who)s"),
        gettext_lazy(
            "The program looks into it, and nothing changes for you. If a colleague wants to act "
            "for you, invite them yourself. Call the program if you did not expect this."
        ),
    ),
    "enrollment_ended": Wording(
        gettext_lazy("A patient's enrollment has ended"),
        gettext_lazy(
            "Patient %(patient)s is not enrolled from %(on)s. What was authorized and not used is "
            "taken back."
        ),
    ),
    "patient_enrolled": Wording(
        gettext_lazy("A patient is enrolled"),
        gettext_lazy("Patient %(patient)s is now enrolled in the program."),
    ),
    "hold_opened": Wording(
        gettext_lazy("A patient's treatment is on hold"),
        gettext_lazy(
            "The treatment of patient %(patient)s waits. Nothing is authorized until the hold ends."
        ),
    ),
    "transfer_offered": Wording(
        gettext_lazy("You are asked to take a patient over"),
        gettext_lazy(
            "Another prescriber's patient is to be yours. Your first page shows it; accept or "
            "decline there. Nothing changes for the patient until you do."
        ),
    ),
    "hold_closed": Wording(
        gettext_lazy("A patient's hold has ended"),
        gettext_lazy("The treatment of patient %(patient)s no longer waits. Ask again."),
    ),
    "patient_sent_report": Wording(
        gettext_lazy("A patient sent a test report"),
        gettext_lazy(
            "It is of patient %(patient)s. It counts for nothing before somebody has typed what it "
            "says: follow up leads to it."
        ),
    ),
    "patient_signed": Wording(
        gettext_lazy("A patient has signed; it is your turn"),
        gettext_lazy("The patient signed form %(draft)s by the link. It now waits for you."),
    ),
    "patient_signature_taken_back": Wording(
        gettext_lazy("A patient took the signature back"),
        gettext_lazy(
            "Form %(draft)s is open again, and nobody has signed it. Talk with the patient; a new "
            "link is sent from the form."
        ),
    ),
    "enrollment_consent_withdrawn": Wording(
        gettext_lazy("A patient took back what enrollment rests on"),
        gettext_lazy(
            "Patient %(patient)s is not enrolled from %(on)s. What was authorized and not used is "
            "taken back. Talk with the patient; tests and follow-up stay important."
        ),
    ),
    "patient_declined": Wording(
        gettext_lazy("A patient said no to what a form needs"),
        gettext_lazy(
            "Form %(draft)s cannot be signed without it. Talk with the patient; the link stays "
            "good, and the answer can be changed there."
        ),
    ),
    "signing_link_expired": Wording(
        gettext_lazy("A patient has not signed within 7 days"),
        gettext_lazy(
            "The link to sign form %(draft)s ended unused. Send a new one, or have the patient "
            "sign on your device or on paper."
        ),
    ),
    "signing_link_asked": Wording(
        gettext_lazy("A patient asks for a new link"),
        gettext_lazy(
            "The link to sign form %(draft)s no longer opens. Open the form and send a new one."
        ),
    ),
    "authorization_granted": Wording(
        gettext_lazy("A treatment is authorized"),
        gettext_lazy("The treatment of patient %(patient)s is authorized through %(until)s."),
    ),
    "authorization_refused": Wording(
        gettext_lazy("A treatment is not authorized"),
        gettext_lazy(
            "Somebody asked for the treatment of patient %(patient)s. The answer was no; it says "
            "why, and who can put it right."
        ),
    ),
    "course_ended": Wording(
        gettext_lazy("A course of treatment has ended"),
        gettext_lazy(
            "Course %(course)s of patient %(patient)s is over; its last day was %(on)s. The "
            "facility's summary is ready to read. Monitoring goes on."
        ),
    ),
    "vials_differ": Wording(
        gettext_lazy("Vials are not accounted for"),
        gettext_lazy(
            "The vials of course %(course)s of patient %(patient)s do not add up. Open the course "
            "and add what is missing; nothing waits for it."
        ),
    ),
    "test_due": Wording(
        gettext_lazy("Tests of your patients are overdue"),
        gettext_lazy(
            "As of %(on)s, %(count)s of them have tests that were not done, or whose results did "
            "not come in: %(patients)s. The list under Follow up says whom to turn to first."
        ),
    ),
    "form_due": Wording(
        gettext_lazy("Forms about your patients are due"),
        gettext_lazy(
            "As of %(on)s, a form is due about %(count)s of them: %(patients)s. The list under "
            "Follow up says about whom first."
        ),
    ),
    "limit_crossed": Wording(
        gettext_lazy("%(urgency)s: a result of patient %(patient)s needs an answer"),
        gettext_lazy(
            "It crossed a limit of the program, or could not be compared with one. The patient's "
            "prescriber is to say what was done by %(moment)s. Tests and results show what was "
            "found, and what the program says to do."
        ),
    ),
    "limit_crossed_late": Wording(
        gettext_lazy("%(urgency)s: a result of patient %(patient)s was not answered in time"),
        gettext_lazy(
            "Nobody said what was done by %(moment)s. Reach the patient's prescriber, who alone "
            "can close it; until then it stays open. Tests and results show what was found."
        ),
    ),
    "results_held": Wording(
        gettext_lazy("What laboratories sent waits for you (%(count)s)"),
        gettext_lazy(
            "It counts for nothing and raises no alarm until somebody has looked. How much of it "
            "cannot wait: %(pressing)s. That is first in the list."
        ),
    ),
    "results_held_late": Wording(
        gettext_lazy("What laboratories sent has waited too long (%(count)s)"),
        gettext_lazy(
            "Nobody has looked in time, and none of it counts or raises an alarm. How much of it "
            "cannot wait: %(pressing)s. Reach whoever looks after laboratories, or look yourself."
        ),
    ),
    "care_partner_reminded": Wording(
        gettext_lazy("Somebody you help has something to do"),
        gettext_lazy(
            "A reminder is about a day they should keep. Open “People you help” to see which, if "
            "they share it with you."
        ),
    ),
    "sharing_ends": Wording(
        gettext_lazy("What somebody shares with you ends on %(until)s"),
        gettext_lazy(
            "They were told as well, and can let it go on for another year. Until then nothing "
            "changes. “People you help” shows who shares what with you."
        ),
    ),
    "symptom_told": Wording(
        gettext_lazy("%(urgency)s: patient %(patient)s noticed something"),
        gettext_lazy(
            "The patient told of it in a self-check, and was told what to do. The patient's "
            "prescriber is to say what was done by %(moment)s. Tests and results show what it is."
        ),
    ),
    "symptom_told_late": Wording(
        gettext_lazy("%(urgency)s: what patient %(patient)s noticed was not looked after in time"),
        gettext_lazy(
            "Nobody said what was done by %(moment)s. Reach the patient's prescriber, who alone "
            "can close it; until then it stays open. Tests and results show what it is."
        ),
    ),
    "safety_reported": Wording(
        gettext_lazy("A report came in: case %(case)s"),
        gettext_lazy(
            "Somebody told of something that is to be looked at. The days count from %(on)s."
        ),
    ),
    "safety_due": Wording(
        gettext_lazy("Case %(case)s has %(count)s days left at most"),
        gettext_lazy(
            "It is to be with the sponsor, and acknowledged, by %(on)s. The case says what is "
            "missing."
        ),
    ),
    "safety_due_late": Wording(
        gettext_lazy("Case %(case)s is late"),
        gettext_lazy(
            "It was to be with the sponsor by %(on)s, and no acknowledgment is on record. Hand it "
            "over today, or keep what the sponsor answered."
        ),
    ),
    "patient_wrote": Wording(
        gettext_lazy("Patient %(patient)s wrote to the nurses"),
        gettext_lazy("It is your turn to answer. The call list shows what waits besides."),
    ),
    "callback_asked": Wording(
        gettext_lazy("Patient %(patient)s asks to be called"),
        gettext_lazy("The call list says when, by the clock where the patient is."),
    ),
    "line_late": Wording(
        gettext_lazy("Patient %(patient)s has waited too long for a nurse"),
        gettext_lazy(
            "A promised call, a message, or something that may tell of a side effect was not dealt "
            "with in time. It stays first on the call list until somebody does."
        ),
    ),
    "rota_uncovered": Wording(
        gettext_lazy("Nobody is on the nurses’ line for %(count)s hours"),
        gettext_lazy("The first of them: %(moment)s. The rota shows them all. Find somebody."),
    ),
    "event_told_to_nurse": Wording(
        gettext_lazy("A nurse was told of a side effect of patient %(patient)s"),
        gettext_lazy(
            "It is reported as case %(case)s. The nurse told the patient to talk with the "
            "prescriber. If nobody acts for the prescriber, nurses and administrators get this "
            "message: see to it that the prescriber knows."
        ),
    ),
    "community_news": Wording(
        gettext_lazy("There is something new in the community"),
        gettext_lazy("Something was written in a topic you follow, or decided about your post."),
    ),
    "community_urgent": Wording(
        gettext_lazy("A post in the community may tell of an emergency"),
        gettext_lazy(
            "Nobody else reads it yet. The safety staff have it as a case. Moderators: look at it "
            "now. Administrators: see to it that somebody does."
        ),
    ),
    "community_late": Wording(
        gettext_lazy("A post in the community has waited too long for a moderator"),
        gettext_lazy(
            "It is held, was reported, or its author disagrees with a decision. It stays first on "
            "the list until a moderator decides."
        ),
    ),
    "community_alone": Wording(
        gettext_lazy("An appeal in the community waits for a second moderator"),
        gettext_lazy(
            "The only moderator who could answer hid the post. Have a second moderator appointed: "
            "nobody else can answer."
        ),
    ),
    "authorization_ends": Wording(
        gettext_lazy("An authorization is about to end"),
        gettext_lazy("The authorization for patient %(patient)s is good through %(until)s."),
    ),
    "material_changed": Wording(
        gettext_lazy("A material of the program has changed"),
        gettext_lazy("The new one is on the program's page. Use no older one from now on."),
    ),
    "authorization_expired": Wording(
        gettext_lazy("An authorization has ended unused"),
        gettext_lazy("The authorization for patient %(patient)s was good through %(until)s."),
    ),
}

# What an event is called while its day is yet to come.
PLANNED = {
    "certification_suspended": "suspension_planned",
    "decertified": "decertification_planned",
}
