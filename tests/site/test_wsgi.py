"""The one entry of the web server: the lane's calls to the lane, everything else to the pages."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from etasu.programs import library


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
