"""Every environment variable that Etasu reads; the reference page is printed from this table."""

from typing import NamedTuple


class Variable(NamedTuple):
    """One environment variable: what happens without it, and what it is for."""

    name: str
    without: str
    meaning: str


VARIABLES = (
    Variable(
        "DATABASE_URL",
        "Etasu runs its own PostgreSQL in its home",
        "The database, as postgresql://user:password@host:port/name. PostgreSQL 15 or newer.",
    ),
    Variable(
        "DATABASE_PASSWORD_FILE",
        "the password in DATABASE_URL, if any",
        "A file that holds the database password and nothing else.",
    ),
    Variable(
        "ETASU_HOME",
        "`.etasu` in a checkout, else `~/.local/share/etasu`",
        "The folder for the secret, the gathered static files and the embedded database.",
    ),
    Variable(
        "ETASU_SECRET_KEY",
        "one is made and kept in the home, readable by its owner alone",
        "The secret that signs sessions and links. Every process of a site needs the same.",
    ),
    Variable(
        "ETASU_SECRET_KEY_FILE",
        "as above",
        "A file that holds the secret, at least 32 characters.",
    ),
    Variable(
        "ETASU_ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "The host names this site answers to, separated by commas.",
    ),
    Variable(
        "ETASU_HTTPS",
        "off",
        "Set to 1 behind HTTPS: secure cookies bound to this host, redirects, strict transport "
        "security. The proxy must set X-Forwarded-Proto and drop the one a visitor sent.",
    ),
    Variable(
        "ETASU_PROGRAM_FOLDERS",
        "only the programs that come with Etasu",
        "Further folders of programs, separated like PATH. A later one replaces a program of "
        "the same code.",
    ),
    Variable(
        "ETASU_SITE_TEXTS",
        "the texts that come with Etasu",
        "A folder of texts this site shows in place of ours: accessibility, privacy, security and "
        "imprint, each as `imprint.en.md` and `imprint.es.md`.",
    ),
    Variable("ETASU_SITE_NAME", "Etasu", "What the site is called in the e-mail it sends."),
    Variable(
        "ETASU_SITE_URL",
        "http:// with ETASU_HOST and ETASU_PORT",
        "The address people open, such as https://rems.example.org. Links in e-mail and the codes "
        "on certificates begin with it.",
    ),
    Variable(
        "ETASU_SMTP_HOST",
        "each message is written to a file in `mail` in the home",
        "The mail server that takes the site's e-mail.",
    ),
    Variable("ETASU_SMTP_PORT", "587, 465 or 25, as ETASU_SMTP_TLS says", "Its port."),
    Variable(
        "ETASU_SMTP_TLS",
        "starttls",
        "How the way there is kept private: starttls, tls from the first byte, or off.",
    ),
    Variable("ETASU_SMTP_USER", "nobody signs in", "The name to sign in to it with."),
    Variable("ETASU_SMTP_PASSWORD", "none", "The password to sign in to it with."),
    Variable(
        "ETASU_SMTP_PASSWORD_FILE", "as above", "A file that holds the password and nothing else."
    ),
    Variable("ETASU_MAIL_FROM", "etasu@localhost", "The address the site's e-mail comes from."),
    Variable(
        "ETASU_SMS_1_URL",
        "each text message is written to a file in `sms` in the home",
        "Where the first provider of text messages takes them, such as "
        "https://sms.example.org/messages. ETASU_SITE_NAME may then have 20 characters.",
    ),
    Variable(
        "ETASU_SMS_1_KIND",
        "json",
        "How it takes them: json (a key as bearer token, the answer has `id`) or form (a name and "
        "a key, the answer has `sid`).",
    ),
    Variable("ETASU_SMS_1_USER", "none", "The name to sign in there with, for the kind form."),
    Variable("ETASU_SMS_1_KEY", "none", "The key to sign in there with."),
    Variable("ETASU_SMS_1_KEY_FILE", "as above", "A file that holds the key and nothing else."),
    Variable(
        "ETASU_SMS_2_URL",
        "there is no second provider",
        "Where a second provider takes them, asked at once when the first one fails or is silent.",
    ),
    Variable("ETASU_SMS_2_KIND", "json", "As for the first."),
    Variable("ETASU_SMS_2_USER", "none", "As for the first."),
    Variable("ETASU_SMS_2_KEY", "none", "As for the first."),
    Variable("ETASU_SMS_2_KEY_FILE", "as above", "As for the first."),
    Variable("ETASU_SMS_FROM", "none", "The number text messages come from, as +15005550100."),
    Variable(
        "ETASU_SMS_SECRET",
        "none",
        "What providers sign their receipts and the answers of patients with.",
    ),
    Variable("ETASU_SMS_SECRET_FILE", "as above", "A file that holds it and nothing else."),
    Variable(
        "ETASU_PROXIES",
        "1 with ETASU_HTTPS, else 0",
        "How many proxies stand before the site. Each must add the address it was called from to "
        "X-Forwarded-For. Tries to sign in are counted by that address.",
    ),
    Variable(
        "ETASU_SECOND_STEP",
        "required",
        "Whether roles at work need a second step, and administrators a passkey, before they can "
        "do anything: required or offered. Only offered for demonstrations.",
    ),
    Variable(
        "ETASU_OIDC_ISSUER",
        "people sign in here only",
        "The issuer of your organization's own sign-in (OpenID Connect), such as "
        "https://login.example.org. A button for it is then on the sign-in page.",
    ),
    Variable("ETASU_OIDC_CLIENT_ID", "none", "The name this site is registered under there."),
    Variable(
        "ETASU_OIDC_SECRET_FILE", "none", "A file that holds the secret it gave for this site."
    ),
    Variable("ETASU_OIDC_LABEL", "your organization", "What the button calls it."),
    Variable(
        "ETASU_GOOGLE_CLIENT_ID",
        "no such button",
        "The id Google gave this site. Care partners can then sign in with Google; nobody with a "
        "role at work can.",
    ),
    Variable("ETASU_GOOGLE_SECRET_FILE", "none", "A file that holds the secret Google gave."),
    Variable("ETASU_FACEBOOK_CLIENT_ID", "no such button", "The same for Facebook."),
    Variable("ETASU_FACEBOOK_SECRET_FILE", "none", "A file that holds the secret Facebook gave."),
    Variable("ETASU_STATIC_ROOT", "`static` in the home", "Where static files are gathered."),
    Variable(
        "ETASU_AUDIT_HEADS",
        "`audit-heads` in the home",
        "Where each day's newest audit head is kept. Best on storage that the database's "
        "administrators cannot write.",
    ),
    Variable("ETASU_HOST", "127.0.0.1", "The address `etasu serve` listens on."),
    Variable("ETASU_PORT", "8000", "The port `etasu serve` listens on."),
    Variable("ETASU_WORKERS", "2", "Web server processes."),
    Variable("ETASU_THREADS", "8", "Threads, and so database connections, in each process."),
    Variable("ETASU_HL7_HOST", "127.0.0.1", "The address `etasu hl7 listen` listens on."),
    Variable("ETASU_HL7_PORT", "2575", "The port `etasu hl7 listen` listens on."),
    Variable("ETASU_HL7_PROCESSES", "2", "Its processes, which share the port."),
    Variable(
        "ETASU_HL7_WRITERS",
        "2",
        "Transactions at once in each, with a database connection of their own.",
    ),
    Variable(
        "ETASU_HL7_TLS_CERT",
        "no TLS",
        "The certificate it shows laboratories, with its chain, as PEM.",
    ),
    Variable("ETASU_HL7_TLS_KEY", "none", "The key of that certificate, as PEM."),
    Variable(
        "ETASU_HL7_CLIENT_CA",
        "anybody may connect",
        "Who signs the certificates of laboratories, as PEM; only they are let in.",
    ),
    Variable("ETASU_LOG_LEVEL", "INFO", "The least urgent log line that is written."),
    Variable(
        "ETASU_DEBUG",
        "off",
        "Shows error details on pages and tracebacks in commands. Never on a site with real data.",
    ),
)
