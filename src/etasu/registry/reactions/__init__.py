"""When this happened, these verbs follow: the one table of consequences in the registry.

A door that reports one of these calls the reaction, never the verb alone, so that nothing that
follows can be left out. Each is one transaction: all of it, or nothing.

| When this happened        | these verbs follow                                                 |
|---------------------------|--------------------------------------------------------------------|
| `signed_request`          | keep the form, record its new tests, ask the gate                  |
| `forms_signed`            | sign; the last signature enrolls, with word to the patient,        |
|                           | credits steps, or lets go:                                         |
|                           | a hold, an end of enrollment, a transfer, as the form says;        |
|                           | each event the answers state is a case for safety staff            |
| `signed_in_turn`          | the same for several signers at one device                         |
| `form_signed_by_link`     | the same for one signer; whoever signs next is told                |
| `document_checked`        | the signatures on a document that two people read are kept alike   |
| `new_link_asked`          | keep the question, tell those who can send a link                  |
| `signature_taken_back`    | open the draft again, tell those who wait for it                   |
| `consent_withdrawn`       | revoke it on each record; a needed one ends the enrollment;        |
|                           | one that opened the record to nurses ends their support, that of   |
|                           | the lab program calls off the appointment ahead; without that of   |
|                           | the community they are a member no more                            |
| `infusion_given`          | record it; use the day, and the course with its last day;          |
|                           | open a compliance event where there was no authorization;          |
|                           | look again at results that are on record already                   |
| `infusion_written_down`   | the same for a day that is over; strike that the course was given  |
|                           | up before; tell of the end of the course;                          |
|                           | a reaction is a case for safety staff                              |
| `day_noted`               | note it; a start records the infusion as `infusion_given` does,    |
|                           | and strikes that the course was given up before;                   |
|                           | the end of a complete course is told to the prescriber;            |
|                           | a reaction is a case for safety staff                              |
| `day_entry_corrected`     | put another entry in its place; the former one stays readable;     |
|                           | of a reaction it is added to the case                              |
| `day_entry_taken_back`    | strike it, and the infusion its start recorded with the last one;  |
|                           | a case stays                                                       |
| `infusion_struck`         | strike it, take back what was granted for its costs, look again at |
|                           | results; a course it had shown to go on is given up again          |
| `vials_counted`           | keep the count; tell the site of vials that differ in the end      |
| `course_given_up`         | keep it, tell the prescriber, and the site of vials that differ    |
| `product_dispensed`       | record it; use the authorization, or open a compliance event       |
| `report_events_of`        | a case for each event that the answers of a form state             |
| `report_reaction`         | a case of the infusion day, or one more thing told of it           |
| `report_written_down`     | the same for an infusion that was written down afterward           |
| `report_taken_back`       | tell the case that a reaction was noted by mistake                 |
| `report_what_was_missed`  | the same for whatever was recorded and never reported              |
| `region_answered`         | keep what a patient says of a region of the body; tell those who   |
|                           | answer for the patient of what is noticed there; it is a case      |
| `own_record_taken`        | gather what is on record about a patient, note that it was handed  |
|                           | out to them                                                        |
| `module_reviewed`         | keep it, credit the steps it does, hand a site over                |
| `assessment_handed_in`    | grade it; passed, it credits and hands over in the same way        |
| `hold_opened`             | open it, tell, take back the day, the fill and the shipment        |
| `enrollment_ended`        | end it, tell, take back every live authorization; nurses stop, and |
|                           | the appointment for tests that is ahead is called off; they are a  |
|                           | member of the community no more                                    |
| `call_noted`              | keep a nurse's note, report what it tells of, close the callback   |
| `possible_event_answered` | keep whether it is a side effect; one is a case from the day it    |
|                           | was heard, and its prescriber is told                              |
| `event_seen`              | the same for what no word gave away                                |
| `nurse_support_ended`     | end it; report whatever nobody has said yet is a side effect       |
| `nurse_line_kept_up`      | the same for whoever left; a nurse for whoever has none            |
| `appointment_changed`     | do it, and queue the message that tells the patient; whoever gets  |
|                           | none is called                                                     |
| `tell_enrolled`           | a message to the patient that their page is there                  |
| `remind_of_self_checks`   | a message to each treated patient whose self-check fell due        |
| `tell_of_sharing_that_ends` | a message to patient and care partner before what is shared ends |
| `remind_of_appointments`  | a reminder of each appointment for tests as its day comes near     |
| `settle_with_results`     | settle appointments for tests whose results are all there          |
| `post_written`            | keep it, held where a moderator reads first; what may tell of a    |
|                           | side effect is a case; moderators hear of what cannot wait         |
| `post_edited`             | the same for better words; the former ones stay                    |
| `post_is_event`           | a case of what no word gave away                                   |
| `community_left`          | take back what an account allowed; no name, no reading, no writing |
| `report_posts_missed`     | a case of whatever was written and never reported                  |
| `participant_suspended`   | suspend, take back what was open for use in those days             |
| `participant_decertified` | decertify, take back what was open for use from that day           |
"""

from etasu.registry.reactions.community import (
    community_left,
    post_edited,
    post_is_event,
    post_written,
    report_posts_missed,
)
from etasu.registry.reactions.consenting import consent_withdrawn
from etasu.registry.reactions.infusion_days import (
    course_given_up,
    day_entry_corrected,
    day_entry_taken_back,
    day_noted,
    infusion_struck,
    infusion_written_down,
    vials_counted,
)
from etasu.registry.reactions.nursing import (
    call_noted,
    event_seen,
    nurse_line_kept_up,
    nurse_support_ended,
    possible_event_answered,
)
from etasu.registry.reactions.own_record import own_record_taken
from etasu.registry.reactions.reporting import report_what_was_missed
from etasu.registry.reactions.self_checking import region_answered
from etasu.registry.reactions.signing import (
    document_checked,
    form_signed_by_link,
    forms_signed,
    new_link_asked,
    signature_taken_back,
    signed_in_turn,
    signed_request,
)
from etasu.registry.reactions.stopping import (
    enrollment_ended,
    hold_opened,
    participant_decertified,
    participant_suspended,
)
from etasu.registry.reactions.training import assessment_handed_in, module_reviewed
from etasu.registry.reactions.treating import infusion_given, product_dispensed

__all__ = [
    "assessment_handed_in",
    "call_noted",
    "community_left",
    "consent_withdrawn",
    "course_given_up",
    "day_entry_corrected",
    "day_entry_taken_back",
    "day_noted",
    "document_checked",
    "enrollment_ended",
    "event_seen",
    "form_signed_by_link",
    "forms_signed",
    "hold_opened",
    "infusion_given",
    "infusion_struck",
    "infusion_written_down",
    "module_reviewed",
    "new_link_asked",
    "nurse_line_kept_up",
    "nurse_support_ended",
    "participant_decertified",
    "participant_suspended",
    "possible_event_answered",
    "own_record_taken",
    "post_edited",
    "post_is_event",
    "post_written",
    "product_dispensed",
    "region_answered",
    "report_posts_missed",
    "report_what_was_missed",
    "signature_taken_back",
    "signed_in_turn",
    "signed_request",
    "vials_counted",
]
