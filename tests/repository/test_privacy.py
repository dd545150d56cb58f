"""No identity in URLs, log calls, or fixtures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.repository.places import PROGRAMS, ROOT, python_files

IDENTIFYING = {
    "name", "full_name", "first_name", "last_name", "email", "birth_date", "dob", "telephone",
    "phone", "npi", "ssn", "mrn", "zip_code", "address",
}  # fmt: skip
INVENTED = re.compile(r"(^|\.)(example\.(org|com|net)|invalid|test)$")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def patterns(resolver: URLResolver) -> Iterator[str]:
    """Every parameter of every URL of the site."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        elif isinstance(entry, URLPattern):
            yield from entry.pattern.converters
            yield from entry.pattern.regex.groupindex


def logged_names(tree: ast.AST) -> Iterator[str]:
    """Every attribute, name or keyword that goes into a log call."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        target = call.func
        if not isinstance(target, ast.Attribute) or target.attr not in LOG_METHODS:
            continue
        if "log" not in ast.unparse(target.value).lower():
            continue
        for node in ast.walk(call):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.keyword) and node.arg:
                yield node.arg


def test_no_url_carries_an_identity() -> None:
    assert IDENTIFYING & set(patterns(get_resolver())) == set()


def test_no_log_call_is_given_an_identity() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted(
            IDENTIFYING & set(logged_names(ast.parse(path.read_text())))
        )
        for path in python_files()
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_the_log_check_finds_a_planted_identity() -> None:
    planted = ast.parse("log.info('enrolled', patient=patient.full_name)")
    assert IDENTIFYING & set(logged_names(planted))


def test_written_addresses_and_telephones_are_invented() -> None:
    for path in [*(ROOT / "tests").rglob("*.py"), *PROGRAMS.rglob("cases/*.yaml")]:
        text = path.read_text()
        mails = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text)
        assert {
            m
            for m in mails
            if not re.search(r"(^|\.)(example\.(org|com|net)|invalid|test)$", m, re.I)
        } == set(), path
