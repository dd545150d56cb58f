"""Signed forms over HTTP: lists of them, one with its answers and signatures, and its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse

from etasu.interfaces.api.answer import Response
from etasu.interfaces.api.form_answers import can_be_printed, in_full, in_list
from etasu.interfaces.api.form_shapes import SignedForms
from etasu.interfaces.api.problems import NOT_FOUND, FieldError, Problem
from etasu.interfaces.api.reading import (
    Page,
    Reader,
    check_no_parameters,
    page_asked_for,
    reads,
    refused,
)
from etasu.interfaces.api.receive import PARTICIPANTS, PATIENTS, PDF
from etasu.registry.patients.signed_forms import (
    FormSeen,
    FormsSeen,
    form_seen,
    forms_of_participant_seen,
    forms_of_patient_seen,
    page_of_forms,
    signed_about,
)
from etasu.safe_use.identifiers import number_ok

# The row of a signed form, the number it was signed about, the moment, and the reader's time zone.
Print = Callable[[Any, str, datetime, str], bytes]
_NOT_PRINTED = (
    "There is no file of this form: it was signed elsewhere and carried over, or under a program "
    "version this site no longer has."
)


@reads()
def patient_forms(reader: Reader, number: str) -> Response:
    """The signed forms about a patient that the reader may read, newest first."""
    page = page_asked_for(reader.parameters)
    found = forms_of_patient_seen(reader.askers, number) if number_ok(number) else None
    if found is None:
        raise Problem(NOT_FOUND, "No patient whose forms you may read has this number.")
    return _listed(found, f"{PATIENTS}/{number}/forms", page)


@reads()
def participant_forms(reader: Reader, number: str) -> Response:
    """The signed forms about a participant that the reader may read, newest first."""
    page = page_asked_for(reader.parameters)
    found = forms_of_participant_seen(reader.askers, number) if number_ok(number) else None
    if found is None:
        raise Problem(NOT_FOUND, "No participant whose forms you may read has this number.")
    return _listed(found, f"{PARTICIPANTS}/{number}/forms", page)


@reads()
def form(reader: Reader, number: str) -> Response:
    """One signed form with its answers and signatures, checked now."""
    check_no_parameters(reader.parameters)
    return Response(HTTPStatus.OK, msgspec.json.encode(in_full(_seen(reader, number))))


def form_file(printed: Print) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view of the signed form as a file, printed by a room this one knows nothing of."""

    @reads(PDF)
    def file(reader: Reader, number: str) -> Response:
        check_no_parameters(reader.parameters)
        seen = _seen(reader, number)
        if not can_be_printed(seen.form):
            raise Problem(NOT_FOUND, _NOT_PRINTED)
        zone = reader.askers[0].time_zone
        body = printed(seen.form, signed_about(seen.form), reader.at, zone)
        name = f'attachment; filename="form-{seen.form.number}.pdf"'
        return Response(HTTPStatus.OK, body, PDF, (("Content-Disposition", name),))

    return file


def _seen(reader: Reader, number: str) -> FormSeen:
    found = form_seen(reader.askers, number) if number_ok(number) else None
    if found is None:
        raise Problem(NOT_FOUND, "No signed form that you may read has this number.")
    return found


def _listed(found: FormsSeen, address: str, page: Page) -> Response:
    after = None
    if page.after is not None:
        known = number_ok(page.after)
        after = found.forms.filter(number=page.after).first() if known else None
        if after is None:
            raise refused(FieldError("", "after", "No form of this list has this number."))
    forms, is_more = page_of_forms(found.forms, after, page.limit)
    following = None
    if is_more:
        asked = urlencode({"limit": page.limit, "after": forms[-1].number})
        following = f"{address}?{asked}"
    said = SignedForms([in_list(found.seen(each)) for each in forms], following)
    link = (("Link", f'<{following}>; rel="next"'),) if following else ()
    return Response(HTTPStatus.OK, msgspec.json.encode(said), headers=link)
