"""What each constraint refuses of what is kept about answers."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.education.models import (
    AnswerRead,
    SavedAnswer,
    SearchCorpus,
    SearchMiss,
    SearchText,
)
from tests.factories.teaching import AT, ON
from tests.registry.getting_in import Attempt, a, both

FIRST = ON.replace(day=1)
ANSWERED: dict[str, Attempt] = {
    "a_program_is_searched_once_in_a_language": both(SearchCorpus, program="p", language="es"),
    "a_text_is_found_in_one_place": both(SearchText, corpus=SearchCorpus, place="answer/a"),
    "a_missed_word_is_counted_once": both(SearchMiss, program="p", language="en", word="ramp"),
    "a_missed_word_is_one_word": a(SearchMiss, word="call 555"),
    "a_missed_word_was_missed": a(SearchMiss, word="ramp", times=0),
    "an_answer_is_counted_once_a_month": both(AnswerRead, program="p", answer="a", month=FIRST),
    "a_month_is_its_first_day": a(AnswerRead, month=FIRST + timedelta(days=3)),
    "an_answer_was_read": a(AnswerRead, month=FIRST, times=0),
    "an_answer_is_on_a_list_once": both(SavedAnswer, program="p", person="x", answer="a"),
    "a_removed_answer_says_by_whom": a(SavedAnswer, removed_at=AT),
}
