"""The site's own settings with what tests need: a home of their own, plain files, quick hashes."""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
os.environ.setdefault("ETASU_HOME", str(_CHECKOUT / ".etasu" / "tests"))
# Two test runs on one machine, and two workers of one run, each have a database of their own.
os.environ.setdefault("ETASU_TEST_RUN", str(os.getpid()))
# Most tests are not about signing in; those that are ask for the second step themselves.
os.environ.setdefault("ETASU_SECOND_STEP", "offered")

from etasu.site.settings import *  # noqa: E402, F403
from etasu.site.settings import DATABASES, MIDDLEWARE, STORAGES  # noqa: E402

DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES["default"]["ENGINE"] = "tests.database"
DATABASES["default"]["TEST"] = {"NAME": f"test_etasu_{os.environ['ETASU_TEST_RUN']}"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
LOGGING = {"level": "WARNING"}
