"""The OpenAPI document is valid and true, and the reference page can be read and pasted."""

from __future__ import annotations

import re
import shlex
from html import unescape
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from django.test import Client
from django.urls import reverse
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from etasu.interfaces.api import form_shapes, shapes
from etasu.interfaces.api.openapi import ELSEWHERE, document
from etasu.interfaces.api.problems import TYPES
from etasu.registry.authorizations.connections import DatabaseAway
from etasu.registry.authorizations.prepared import FateUnknown, KeyInFlight
from etasu.registry.patients.models import Patient
from tests.factories.teaching import World
from tests.interfaces.conftest import ASK, Door, Reply, course_question
from tests.interfaces.form_world import ask, sign_on_one_page
from tests.interfaces.test_authorizations import Trouble, trouble  # noqa: F401


def test_the_document_is_valid_openapi_3_1() -> None:
    said = document()
    assert said["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(said)
    refs = set(re.findall(r"'\$ref': '([^']+)'", str(said)))
    for ref in refs:
        found: Any = said
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """A validator of one of the document's schemas."""
    root = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True)


@pytest.fixture
def situations(world: World, prescriber: Door, trouble: Trouble) -> dict[str, Reply]:  # noqa: F811
    """A reply for every kind of answer and problem there is, by its code."""
    good = course_question(world)
    found = {
        "authorized": prescriber.ask(good, "used"),
        "not_authorized": prescriber.ask(good),
        "malformed": prescriber.ask(b"{"),
        "unknown-api-key": Door("x").ask(good),
        "not-found": prescriber.read("7QK2M-X0B4T-N"),
        "method-not-allowed": prescriber.call("GET", ASK),
        "not-acceptable": prescriber.ask(good, Accept="text/html"),
        "length-required": prescriber.ask(good, Content_Length=None),
        "too-large": prescriber.ask(b" " * 20_000),
        "unsupported-media-type": prescriber.ask(good, Content_Type="text/plain"),
        "invalid": prescriber.ask(course_question(world, course=0)),
        "key-reused": prescriber.ask(course_question(world, course=2), "used"),
    }
    form = sign_on_one_page(world).number
    found["forms"] = ask(prescriber.key, f"/api/v1/patients/{world.mara.number}/forms")
    found["form"] = ask(prescriber.key, f"/api/v1/forms/{form}")
    found["read"] = prescriber.read(found["authorized"].said["number"])
    for code, error in (
        ("key-in-flight", KeyInFlight()),
        ("unavailable", DatabaseAway()),
        ("fate-unknown", FateUnknown()),
        ("unexpected", RuntimeError()),
    ):
        trouble.at_any(error)
        found[code] = prescriber.ask(good)
    Patient.objects.filter(pk=world.mara.pk).update(attributes={"sex": 1})
    found["cannot-decide"] = prescriber.ask(good)
    return found


def test_every_problem_and_every_documented_status_happens(situations: dict[str, Reply]) -> None:
    for code in TYPES:
        assert situations[code].said["type"].endswith(f"/{code}"), code
    documented = {
        status
        for path in document()["paths"].values()
        for call in path.values()
        for status in call["responses"]
    }
    happened = {str(reply.status) for reply in situations.values()}
    assert documented <= happened
    assert (
        happened - documented == {str(int(TYPES[code].status)) for code in ELSEWHERE} - documented
    )


SHAPES = {
    **{"authorized": "Answer", "not_authorized": "Answer", "read": "StoredAnswer"},
    **{"forms": "SignedForms", "form": "FormInFull"},
}


def test_every_reply_is_as_described(situations: dict[str, Reply]) -> None:
    for code, reply in situations.items():
        name = SHAPES.get(code, "ProblemDetails")
        assert validator(name).is_valid(reply.said), (code, reply.said)
        shape = getattr(shapes, name, None) or getattr(form_shapes, name)
        assert msgspec.json.encode(msgspec.json.decode(reply.body, type=shape))


def test_a_description_that_does_not_fit_is_noticed(situations: dict[str, Reply]) -> None:
    said = situations["authorized"].said
    for wrong in ({"outcome": "maybe"}, {"valid_until": "soon"}, {"more": 1}, {"findings": None}):
        assert not validator("Answer").is_valid(said | wrong), wrong
    form = situations["form"].said
    for wrong in ({"state": "lost"}, {"valid": "yes"}, {"signatures": [{}]}, {"about": None}):
        assert not validator("FormInFull").is_valid(form | wrong), wrong


def test_the_examples_of_the_document_can_be_read() -> None:
    fields = document()["components"]["schemas"]["AuthorizationQuestion"]["properties"]
    for name, field in fields.items():
        for example in field.get("examples", ()):
            root = {**field, "components": document()["components"]}
            assert jsonschema_rs.Draft202012Validator(root).is_valid(example), name
    shown = [
        (answer["schema"]["$ref"].rpartition("/")[2], answer["example"])
        for path in document()["paths"].values()
        for call in path.values()
        for response in call["responses"].values()
        for answer in response["content"].values()
        if "example" in answer
    ]
    assert {name for name, _ in shown} == {
        *("SignedForms", "FormInFull", "SafetyReports", "ReportInFull")
    }
    for name, example in shown:
        assert validator(name).is_valid(example), name
        assert set(example) == set(document()["components"]["schemas"][name]["properties"])


@pytest.mark.django_db
def test_the_document_and_the_page_are_there_for_everybody(client: Client) -> None:
    said = client.get("/api/v1/openapi.json")
    assert (said.status_code, said.json()["openapi"]) == (200, "3.1.0")
    assert said["Content-Type"] == "application/json"
    shown = client.get("/api/v1/")
    assert shown.status_code == 200
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    text = shown.content.decode()
    assert not re.findall(r"(?:src|href)=\"https?://", text)
    assert "<style" not in text and "style=" not in text and "<script" not in text


@pytest.mark.django_db
def test_every_problem_is_explained_where_its_type_leads(client: Client) -> None:
    text = client.get("/api/v1/").content.decode()
    for kind in TYPES.values():
        led = client.get(kind.uri)
        assert (led.status_code, led["Location"]) == (302, f"/api/v1/#{kind.code}")
        assert f'id="{kind.code}"' in text
    assert client.get("/api/v1/problems/no-such-problem").status_code == 404
    assert client.post("/api/v1/").status_code == 405


@pytest.mark.django_db
def test_every_field_is_on_the_page(client: Client) -> None:
    text = client.get(reverse("api:reference")).content.decode()
    forms = ("SignedForms", "FormInList", "FormInFull", "FormAnswer", "FormConsent")
    for schema in ("AuthorizationQuestion", "Answer", "Finding", "Became", "FormSignature", *forms):
        for name in document()["components"]["schemas"][schema]["properties"]:
            assert f"<code>{name}</code>" in text


def commands_on_the_page() -> list[str]:
    """The examples as somebody would paste them."""
    text = Client().get("/api/v1/").content.decode()
    found = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.DOTALL)
    return [unescape(each) for each in found]


@pytest.mark.django_db
def test_the_examples_on_the_page_are_shell(client: Client) -> None:
    first, *calls = commands_on_the_page()
    names = re.findall(r"^export (\w+)=", first, re.MULTILINE)
    assert "export ETASU=http://testserver" in first
    for call in calls:
        assert shlex.split(call)[0] == "curl"
        used = set(re.findall(r"\$(\w+)", call))
        assert used <= {*names, "NUMBER", "FORM"}
