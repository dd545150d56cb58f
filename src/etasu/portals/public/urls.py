"""The addresses of the public pages. Every page is compressed, for a line may be slow."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.public import (
    answers,
    downloads,
    events,
    figures,
    keeping,
    locating,
    passing_on,
    texts,
    views,
)

app_name = "public"
View = Callable[..., HttpResponse]


def _page(view: View) -> View:
    return gzip_page(require_safe(view))


_search: View = gzip_page(require_http_methods(["GET", "HEAD", "POST"])(locating.sites))
_answers: View = gzip_page(require_http_methods(["GET", "HEAD", "POST"])(answers.answers))
_send: View = gzip_page(require_http_methods(["GET", "HEAD", "POST"])(passing_on.send))
_event: View = gzip_page(require_http_methods(["GET", "HEAD", "POST"])(events.event))
_registration: View = require_http_methods(["GET", "HEAD", "POST"])(events.registration)
_event_file: View = require_safe(events.event_file)
_keep: View = require_POST(keeping.keep)
_at_work: View = require_safe(answers.at_work)
_short: View = require_safe(answers.by_short_address)
_material_file: View = require_safe(downloads.material_file)
_form_file: View = require_safe(downloads.form_file)

_OF = "programs/<slug:program>/"
_MATERIAL = "<slug:material>/<slug:language>"
_PAST = "versions/<slug:version>/"

urlpatterns = [
    path(_OF, _page(views.program), name="program"),
    path(f"{_OF}patients/", _page(views.patients), name="patients"),
    path(f"{_OF}medicine/", _page(views.medicine), name="medicine"),
    path(f"{_OF}watch-for/", _page(views.signs), name="signs"),
    path(f"{_OF}enroll/", _page(views.enroll), name="enroll"),
    path(f"{_OF}enroll/<slug:role>/", _page(views.enroll_role), name="enroll-role"),
    path(f"{_OF}safety/", _page(views.safety_information), name="safety"),
    path(f"{_OF}sites/", _search, name="sites"),
    path(f"{_OF}downloads/", _page(downloads.downloads), name="downloads"),
    path(f"{_OF}downloads/{_MATERIAL}/", _page(downloads.material), name="material"),
    path(f"{_OF}downloads/{_MATERIAL}.pdf", _material_file, name="material-file"),
    path(f"{_OF}forms/<slug:form>.pdf", _form_file, name="form-file"),
    path(f"{_OF}forms/<slug:form>/<slug:language>.pdf", _form_file, name="form-file-in"),
    # Before the materials, whose addresses have the same shape.
    path(f"{_OF}{_PAST}forms/<slug:form>.pdf", _form_file, name="past-form-file"),
    path(
        f"{_OF}{_PAST}forms/<slug:form>/<slug:language>.pdf", _form_file, name="past-form-file-in"
    ),
    path(f"{_OF}{_PAST}{_MATERIAL}/", _page(downloads.material), name="past-material"),
    path(f"{_OF}{_PAST}{_MATERIAL}.pdf", _material_file, name="past-material-file"),
    path(f"{_OF}answers/", _answers, name="answers"),
    path(f"{_OF}answers/<slug:answer>/", _page(answers.one_answer), name="answer"),
    path(f"{_OF}answers/<slug:answer>/keep/", _keep, name="keep-answer"),
    path(f"{_OF}answers/<slug:answer>/send/", _send, name="send-answer"),
    path(f"{_OF}my-list/", _page(answers.my_list), name="my-list"),
    path(f"{_OF}reactions/", _page(figures.reactions), name="reactions"),
    path(f"{_OF}trials/", _page(figures.trials), name="trials"),
    path(f"{_OF}events/", _page(events.events), name="events"),
    path(f"{_OF}events/<str:number>/", _event, name="event"),
    path(
        f"{_OF}events/<str:number>/registered/", _page(events.registered), name="event-registered"
    ),
    path(f"{_OF}events/<str:number>/event.ics", _event_file, name="event-file"),
    # From a menu, and from messages, whose links tell nothing.
    path("registration/<str:signed>/", _registration, name="registration"),
    path("answers/", _at_work, name="answers-at-work"),
    path("a/<slug:short>/", _short, name="short-answer"),
    path("about/<slug:text>/", _page(texts.about), name="about"),
]
