"""Links by text message: to sign, for whom only a telephone is known, and to begin to help.

They say no more than an e-mail does. Pages know no provider; the house lends the way out.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from etasu.registry.audit.numbers import new_number
from etasu.registry.notices.wishes import stopped_among
from etasu.registry.patient_support.sharing import Sent
from etasu.registry.submissions.actions import NewLink
from etasu.safe_use.messages import STOP, sms_length
from etasu.safe_use.reminding import SMS

# Hands a text message over: its number, to whom, and its words; whether somebody took it.
HandOver = Callable[[str, str, str], bool]
_lent: list[HandOver] = []


def lend(hand_over: HandOver) -> None:
    """Let the pages send text messages."""
    _lent[:] = [hand_over]


def text_to_sign(request: HttpRequest, made: NewLink, *, to: str, language: str) -> bool:
    """Send a link to sign; whether a provider took it. Never where somebody said stop."""
    address = request.build_absolute_uri(reverse("patient:arrive", args=[made.token]))
    with translation.override(language):
        return _texted(str(made.link.number), to, words_to_sign(_site(), address))


def text_invitation_to_help(request: HttpRequest, made: Sent) -> bool:
    """Send the link to somebody asked to help, in the language of the page; whether it went."""
    address = request.build_absolute_uri(reverse("help-asked", args=[made.token]))
    words = words_to_help(_site(), address)
    return _texted(made.partner.number, made.partner.telephone, words)


def text_contact_changed(*, to: str, language: str) -> bool:
    """Tell at a former number that another one is on record now; whether a provider took it."""
    with translation.override(language):
        return _texted(new_number(), to, words_of_change(_site()))


def words_to_sign(site: str, address: str) -> str:
    """The text message as it is sent, in the language of the moment."""
    return _whole(site, _("A form to read and sign: %(link)s") % {"link": address})


def words_to_help(site: str, address: str) -> str:
    """The text message as it is sent, in the language of the moment."""
    return _whole(site, _("Somebody asks you to help: %(link)s") % {"link": address})


def words_of_change(site: str) -> str:
    """The text message as it is sent, in the language of the moment."""
    return _whole(site, _("How we reach you was changed. Was it not you? Call your doctor."))


def _whole(site: str, asked: str) -> str:
    """Its sender first, and how to stop at its end."""
    ended = _("Reply %(stop)s to end them.") % {"stop": STOP}
    return f"{site}: {asked} {ended}"


def _texted(number: str, to: str, words: str) -> bool:
    if stopped_among({(SMS, to)}):
        return False
    return sms_length(words).fits and _lent[0](number, to, words)


def _site() -> str:
    return str(settings.ETASU_SITE_NAME)
