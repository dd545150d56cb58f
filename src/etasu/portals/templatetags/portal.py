"""The parts of a page as template tags; load with `{% load portal %}`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms, template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from etasu.portals.account.kept_form import FOR_PERSON, owner_token
from etasu.portals.components import (
    account,
    confirming,
    dates,
    program_words,
    sections,
    sending,
    words,
)
from etasu.portals.components import session_notice as ending
from etasu.portals.components import worker_alarm as alarms
from etasu.portals.components.answer import AnswerPage, FindingLine
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.records import (
    PatientBanner,
    Signature,
    SummaryRow,
    TimelineEntry,
    WorklistTable,
)
from etasu.portals.components.task_list import Task, how_many_complete
from etasu.portals.components.text_to_sign import text_to_sign
from etasu.safe_use.monitoring_plan import TestDefinition

register = template.Library()
Context = dict[str, Any]


@register.filter
def us_day(value: date | str | None) -> str:
    """A day with its weekday, in full."""
    return dates.day(value)


@register.filter
def webcal(address: str) -> str:
    """The address by which a device asks its own calendar to follow the calendar at `address`."""
    return f"webcal:{address.partition(':')[2]}"


@register.filter
def us_short_day(value: date | str | None) -> str:
    """A day with its weekday, for tables."""
    return dates.short_day(value)


@register.filter
def to_sign(text: str) -> SafeString:
    """The text somebody signs, its headings and questions told apart from the answers."""
    return text_to_sign(text)


@register.simple_tag(takes_context=True)
def us_moment(context: Context, value: datetime | str | None) -> str:
    """A moment in the time zone of whoever reads."""
    return dates.moment(value, _zone(context))


@register.simple_tag
def moment_in(value: datetime | str | None, zone: str) -> str:
    """A moment in the time zone it happened in."""
    return dates.moment(value, zone)


@register.simple_tag
def role_name(role: str) -> str:
    """What a role is called."""
    return words.role_label(role)


register.filter("called", program_words.called)
register.filter("asked", program_words.asked)
register.filter("said_in", program_words.said_in)
register.filter("notice", program_words.notice)
register.filter("notice_language", program_words.notice_language)


@register.simple_tag
def test_name(test: TestDefinition) -> SafeString:
    """What the program calls a test, with the language that is in."""
    language, name = program_words.said_in(test), program_words.called(test)
    return format_html('<span lang="{}">{}</span>', language, name)


@register.filter
def us_clock(value: datetime, zone: str) -> str:
    """The time of day of a moment in a time zone."""
    return dates.clock(value, zone)


@register.filter
def role_label(role: str) -> str:
    """What a role is called."""
    return words.role_label(role)


@register.inclusion_tag("components/status_tag.html")
def status_tag(kind: str, value: str) -> Context:
    """A status as a word in a tag."""
    return {"status": words.status(kind, value)}


@register.inclusion_tag("components/account_bar.html", takes_context=True)
def account_bar(context: Context) -> Context:
    """Program, role and participant, and the way out."""
    request = context.get("request")
    return {
        "bar": account.account_bar(getattr(request, "acting", None)),
        "is_signed_in": _is_signed_in(request),
        "owner": getattr(getattr(request, "user", None), "number", ""),
        "unread": account.unread(request),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/session_notice.html", takes_context=True)
def session_notice(context: Context) -> Context:
    """When the session ends, in words and as a warning before it does."""
    request = context.get("request")
    return {
        "notice": ending.session_notice(request),
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/help_lines.html", takes_context=True)
def help_lines(context: Context) -> Context:
    """Whom to call: one's own program, or every program for strangers."""
    asker = getattr(context.get("request"), "asker", None)
    return {"lines": account.help_lines(asker.program if asker else None)}


@register.inclusion_tag("components/program_notice.html", takes_context=True)
def program_notice(context: Context) -> Context:
    """What the program's own files say about it, below every page."""
    asker = getattr(context.get("request"), "asker", None)
    return {"program": account.program_of(asker.program if asker else None)}


@register.inclusion_tag("components/sections.html", takes_context=True)
def portal_sections(context: Context) -> Context:
    """The navigation of the role somebody acts in."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match is not None else ""
    return {"menu": sections.menu_of(getattr(request, "asker", None), here)}


@register.inclusion_tag("components/worker_alarm.html", takes_context=True)
def worker_alarm(context: Context) -> Context:
    """That the worker has stopped, for those who can have it started again."""
    request = context.get("request")
    return {"alarm": alarms.worker_alarm(request), "request": request}


@register.inclusion_tag("components/section.html", takes_context=True)
def section(context: Context, route: str, label: str) -> Context:
    """One entry of a portal's navigation; the present one is marked."""
    match = getattr(context.get("request"), "resolver_match", None)
    is_current = match is not None and match.view_name == route
    return {"address": reverse(route), "label": label, "is_current": is_current}


@register.simple_tag
def form_token() -> SafeString:
    """The hidden field that makes a form act once."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', sending.FORM_TOKEN, sending.new_form_token()
    )


@register.simple_tag(takes_context=True)
def made_for(context: Context) -> SafeString:
    """The hidden field by which a form finds back to its owner when the session is lost."""
    value = owner_token(context["request"])
    return format_html('<input type="hidden" name="{}" value="{}">', FOR_PERSON, value)


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, lang: str = "") -> Context:
    """A form field with label, hint and mistake; `lang` is that of a label from a program."""
    is_checkboxes = isinstance(bound.field.widget, forms.CheckboxSelectMultiple)
    return {
        "field": bound,
        "lang": "" if lang == (get_language() or "")[:2] else lang,
        "is_single_checkbox": isinstance(bound.field.widget, forms.CheckboxInput),
        "is_radio": isinstance(bound.field.widget, forms.RadioSelect) and not is_checkboxes,
        "is_checkboxes": is_checkboxes,
    }


@register.inclusion_tag("components/confirming.html", takes_context=True, name="confirming")
def confirming_fields(context: Context, form: confirming.ConfirmingForm) -> Context:
    """The password or code, and the passkey, that show at the end of a form who sends it."""
    request = context["request"]
    return {"form": form, "passkeys_work": confirming.passkeys_work_here(request)}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: PortalForm | None) -> Context:
    """Every mistake of a form, each leading to its field; nothing when there is none."""
    return {"mistakes": form.mistakes() if form is not None and form.is_bound else []}


@register.inclusion_tag("components/page_header.html")
def page_header(heading: str, caption: str = "", lead: str = "") -> Context:
    """The page's one h1, with what it is about above and one sentence below."""
    return {"heading": heading, "caption": caption, "lead": lead}


@register.inclusion_tag("components/patient_banner.html")
def patient_banner(banner: PatientBanner, is_named: bool = True) -> Context:
    """Whose page this is; without the name where the heading above says it."""
    return {"patient": banner, "is_named": is_named}


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: list[SummaryRow]) -> Context:
    """Labels and what is on record."""
    return {"rows": rows}


@register.inclusion_tag("components/decision_panel.html", takes_context=True)
def decision_panel(context: Context, page: AnswerPage) -> Context:
    """The answer itself."""
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("components/findings_list.html")
def findings_list(lines: list[FindingLine], tone: str = "stop") -> Context:
    """Findings, each with what is required, what was found, and where that comes from."""
    return {"lines": lines, "tone": tone}


@register.inclusion_tag("components/worklist_table.html")
def worklist_table(table: WorklistTable) -> Context:
    """A list to work through."""
    return {"table": table}


@register.inclusion_tag("components/task_list.html")
def task_list(tasks: list[Task], name: str = "task") -> Context:
    """What is to be done, with its states; `name` tells two lists on one page apart."""
    return {"tasks": tasks, "done": how_many_complete(tasks), "name": name}


@register.inclusion_tag("components/timeline.html", takes_context=True)
def timeline(context: Context, entries: list[TimelineEntry]) -> Context:
    """What happened, in the order given."""
    return {"entries": entries, "request": context.get("request")}


@register.inclusion_tag("components/signature_block.html", takes_context=True)
def signature_block(context: Context, signature: Signature) -> Context:
    """A signature: printed name, moment and meaning."""
    return {"signature": signature, "request": context.get("request")}


def _zone(context: Context) -> str:
    request = context.get("request")
    asker = getattr(request, "asker", None)
    own = getattr(getattr(request, "user", None), "time_zone", "UTC")
    return asker.time_zone if asker else str(own)


def _is_signed_in(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated)
