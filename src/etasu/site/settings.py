"""Django's settings, from the environment. Every choice an operator can make is read here.

Names and meanings are listed in `docs/reference/settings.md`.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from etasu.site.database import connection_settings, database_url, home_folder
from etasu.site.folders import static_folder
from etasu.site.mail import mail_settings, site_address
from etasu.site.secret import secret_key
from etasu.site.single_sign_on import (
    proxies,
    second_step_setting,
    single_sign_on_settings,
    well_known_settings,
)
from etasu.site.sms import sms_settings


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")


def _list(name: str, default: str, separator: str = ",") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(separator) if part.strip()]


DEBUG = _is_on("ETASU_DEBUG")
SECRET_KEY = secret_key()
ALLOWED_HOSTS = _list("ETASU_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ETASU_PROGRAM_FOLDERS = [Path(p) for p in _list("ETASU_PROGRAM_FOLDERS", "", os.pathsep)]

# Behind HTTPS (directly or behind a proxy that says so) cookies are bound to this very host.
ETASU_HTTPS = _is_on("ETASU_HTTPS")

# How many proxies of ours a request passes before it is here.
ETASU_PROXIES = proxies(1 if ETASU_HTTPS else 0)

# Rooms

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "etasu.registry.audit",
    "etasu.registry.accounts",
    "etasu.registry.notices",
    "etasu.registry.submissions",
    "etasu.registry.education",
    "etasu.registry.participants",
    "etasu.registry.patients",
    "etasu.registry.treatment",
    "etasu.registry.monitoring",
    "etasu.registry.compliance",
    "etasu.registry.safety",
    "etasu.registry.patient_support",
    "etasu.registry.community",
    "etasu.registry.authorizations",
    "etasu.portals",
    "etasu.interfaces.api",
]

AUTH_USER_MODEL = "accounts.User"

MIDDLEWARE = [
    "etasu.site.middleware.RequestTime",
    "etasu.site.middleware.BehindProxies",
    "etasu.site.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "etasu.portals.access.Access",
    # After access, as each role has limits of its own.
    "etasu.site.middleware.SessionAge",
]

ROOT_URLCONF = "etasu.site.urls"
WSGI_APPLICATION = "etasu.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# Database

DATABASES = {"default": connection_settings(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 15}),
        ("CommonPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {}),
    )
] + [{"NAME": "etasu.registry.accounts.passwords.NotTriedFirst"}]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Whether roles that can change what patients receive need more than a password, or may have it.
ETASU_SECOND_STEP = second_step_setting()

# People may sign in at their own organization, where one is named.
ETASU_OIDC = single_sign_on_settings()
# People at home may sign in with a service they use anyway, where the site has keys for it.
ETASU_WELL_KNOWN = well_known_settings()

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "etasu.portals.errors.forged"
if ETASU_HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]

# What a browser may do with our pages

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# What the site says about itself: texts of its own, beside or in place of ours

ETASU_SITE_TEXTS = (
    Path(os.environ["ETASU_SITE_TEXTS"]) if "ETASU_SITE_TEXTS" in os.environ else None
)

# E-mail, and what the site is called in it

ETASU_SITE_NAME = os.environ.get("ETASU_SITE_NAME", "").strip() or "Etasu"
ETASU_SITE_URL = site_address()
globals().update(mail_settings())

# Text messages
ETASU_SMS = sms_settings(ETASU_SITE_NAME, ETASU_SITE_URL)

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files

STATIC_URL = "/static/"
STATICFILES_DIRS = [static_folder()]
STATIC_ROOT = Path(os.environ.get("ETASU_STATIC_ROOT", home_folder() / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING_CONFIG = "etasu.site.logs.configure"
LOGGING = {"level": os.environ.get("ETASU_LOG_LEVEL", "INFO")}
