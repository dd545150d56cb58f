"""The one entry of the web server: the lane's calls to the lane, everything else to the pages."""

import io
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import RequestFactory

from etasu.portals import errors
from etasu.programs import library
from etasu.site.whole_body import CutOff, WholeBody, whole


@pytest.fixture
def wsgi() -> Iterator[Any]:
    from etasu.site import wsgi

    yield wsgi
    library.use(None)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/v1/authorizations", "lane"),
        ("/api/v1/authorizations/A-1", "lane"),
        ("/api/v1/", "pages"),
        ("/", "pages"),
        ("", "pages"),
    ],
)
def test_a_call_goes_where_it_belongs(wsgi: Any, path: str, wanted: str) -> None:
    with (
        patch.object(wsgi.lane, "application", return_value="lane"),
        patch.object(wsgi, "_pages", return_value="pages"),
    ):
        assert wsgi.application({"PATH_INFO": path}, None) == wanted


class Trickle(io.BytesIO):
    """A body that comes a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, size) if size and size > 0 else 3)


def test_a_body_that_came_whole_is_read_in_any_way() -> None:
    body = b"one=1&two=2\nthree=3"
    for stream in (io.BytesIO, Trickle):
        assert WholeBody(stream(body), len(body)).read() == body
        assert WholeBody(stream(body), len(body)).read(5) == body[:5]
        assert WholeBody(stream(body), 3).read(99) == b"one"
        assert list(WholeBody(stream(body), len(body))) == [b"one=1&two=2\n", b"three=3"]
        assert WholeBody(stream(body), len(body)).readline(4) == b"one="
    assert WholeBody(None, 0).read() == b""


@pytest.mark.parametrize("came", range(0, 11))
def test_a_body_that_was_cut_off_is_not_read_at_all(came: int) -> None:
    body = b"one=1&two=2"
    with pytest.raises(CutOff):
        WholeBody(io.BytesIO(body[:came]), len(body)).read()
    with pytest.raises(CutOff):
        list(WholeBody(Trickle(body[:came]), len(body)))


def test_a_request_that_was_cut_off_is_refused_and_not_half_read(wsgi: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(repr(sorted(request.POST.items())))
        except UnreadablePostError as cut:
            answer = errors.for_exception(request, cut)
            assert answer is not None
            return answer

    def answer(body: bytes, stated: int) -> HttpResponse:
        environ = RequestFactory()._base_environ(REQUEST_METHOD="POST")
        kind = "application/x-www-form-urlencoded"
        environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(stated)}
        return view(WSGIRequest(whole(environ | {"wsgi.input": io.BytesIO(body)})))

    assert answer(b"dose=12", 7).content == b"[('dose', '12')]"
    assert answer(b"dose=1", 7).status_code == 400
