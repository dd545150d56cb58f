"""The web application: the lean lane for authorizations first, Django for everything else."""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "etasu.site.settings")
_pages = get_wsgi_application()

# Everything a request needs is loaded here, so that what is broken shows before the first visitor.
from django.urls import get_resolver  # noqa: E402

from etasu.interfaces.api import lane  # noqa: E402
from etasu.site.stocking import stock_programs  # noqa: E402
from etasu.site.whole_body import whole  # noqa: E402

LANE = "/api/v1/authorizations"
stock_programs()
_ = get_resolver().url_patterns


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer one request."""
    if environ.get("PATH_INFO", "").startswith(LANE):
        return lane.application(environ, start_response)
    return _pages(whole(environ), start_response)
