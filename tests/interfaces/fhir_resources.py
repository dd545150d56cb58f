"""Resources as different systems write them, about invented people, and how to build more."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.registry import labs

Json = dict[str, Any]
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RIVER = "RIVER"
FINAL, WHEN = "final", "2025-06-01T08:15:00-05:00"
BASE = "https://records.example.org/fhir"


def concept(code: str, text: str = "", system: str = LOINC) -> Json:
    """A code, as a CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": text or code}]}


def quantity(value: Any, unit: str = "10*3/uL", **more: Any) -> Json:
    """A number with a UCUM unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def patient(mrn: str = labs.MRN, **more: Any) -> Json:
    """Mara as a resource."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": RIVER, "value": mrn, "type": concept("MR", "", "v2-0203")}],
        "name": [{"use": "official", "family": "Vale", "given": ["Mara"]}],
        "birthDate": "1990-06-01",
        "gender": "female",
        **more,
    }


def about(mrn: str = labs.MRN) -> Json:
    """Mara by her record number."""
    return {"identifier": {"system": RIVER, "value": mrn}}


def observation(test: str = "platelets", value: Any = 212, **more: Any) -> Json:
    """One thing found; a member given as None is left out."""
    made = {
        "resourceType": "Observation",
        "status": FINAL,
        "category": [concept("laboratory", "", "observation-category")],
        "code": concept(labs.LOINC.get(test, test), test),
        "subject": about(),
        "effectiveDateTime": WHEN,
        "valueQuantity": None if value is None else quantity(value),
        **more,
    }
    return {name: part for name, part in made.items() if part is not None}


def report(*results: Json, **more: Any) -> Json:
    """A report that names these results."""
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [{"system": "urn:lab:orders", "value": "F-1"}],
        "status": FINAL,
        "code": concept("58410-2", "CBC panel"),
        "subject": about(),
        "effectiveDateTime": WHEN,
        "issued": "2025-06-02T09:00:00Z",
        "result": list(results),
        **more,
    }


def to(reference: str) -> Json:
    """A reference."""
    return {"reference": reference}


def entry(resource: Json, name: str = "", **more: Any) -> Json:
    """An entry that creates a resource, known by a name."""
    made: Json = {"fullUrl": name} if name else {}
    request = {"method": "POST", "url": resource.get("resourceType", ""), **more}
    return made | {"resource": resource, "request": request}


def bundle(*entries: Json, type: str = "transaction", **more: Any) -> Json:
    """Several at once."""
    return {"resourceType": "Bundle", "type": type, "entry": list(entries), **more}


def contained_report() -> Json:
    """A report that holds its results itself, and the patient."""
    return report(
        to("#plt"),
        to("#wbc"),
        subject=to("#mara"),
        contained=[
            patient(id="mara"),
            observation(id="plt", subject=to("#mara")),
            observation("leukocytes", 6.1, id="wbc", subject=None),
        ],
    )


def whole_transaction(mrn: str = labs.MRN, number: str = "F-1") -> Json:
    """What a laboratory sends: a patient, a specimen, who ordered it, results and their report."""
    mara, specimen, order = "urn:uuid:p", f"{BASE}/Specimen/s1", f"{BASE}/ServiceRequest/o1"
    about_her = {"subject": to(mara), "specimen": to(specimen), "basedOn": [to(order)]}
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    results = [
        observation(**about_her, effectiveDateTime=None, interpretation=[concept("LL", "", "v3")]),
        observation(
            "leukocytes", 6.1, **about_her, referenceRange=[{"low": quantity(4), "text": "4-11"}]
        ),
    ]
    return bundle(
        entry(patient(mrn), mara),
        entry({"resourceType": "Organization", "name": "Riverside"}, f"{BASE}/Organization/1"),
        entry(
            {
                "resourceType": "Specimen",
                "type": concept("BLD", "Blood", "v2-0487"),
                "collection": {"collectedDateTime": WHEN},
            },
            specimen,
        ),
        entry({"resourceType": "ServiceRequest", "requester": {"identifier": npi}}, order),
        *(entry(each, f"urn:uuid:r{place}") for place, each in enumerate(results)),
        entry(
            report(
                *(to(f"urn:uuid:r{place}") for place in range(2)),
                identifier=[{"system": "urn:lab:orders", "value": number}],
                **about_her | {"specimen": [to(specimen)]},
            ),
            "urn:uuid:d",
        ),
    )


class Posted(NamedTuple):
    """Something to post: to which kind of resource, empty for the whole service, and what."""

    kind: str
    body: Json

    @property
    def raw(self) -> bytes:
        """The body as it goes over the line."""
        return json.dumps(self.body).encode()


BLOOD_PRESSURE_LIKE = observation(
    "85354-9",
    None,
    component=[
        {"code": concept(labs.LOINC["alt"]), "valueQuantity": quantity(30, "U/L")},
        {"code": concept(labs.LOINC["ast"]), "valueQuantity": quantity(28.50, "U/L")},
        {"code": concept(labs.LOINC["bilirubin"]), "dataAbsentReason": concept("error", "", "d")},
    ],
)
# Right ones of every shape, from which the wrong ones are made.
RIGHT = (
    Posted("Observation", observation()),
    Posted("Observation", observation(value=None, valueString="<5")),
    Posted("Observation", observation("urine-protein", None, valueCodeableConcept={"text": "1+"})),
    Posted(
        "Observation",
        observation(
            value=None, valueRange={"low": quantity(3, "/[HPF]"), "high": quantity(5, "/[HPF]")}
        ),
    ),
    Posted(
        "Observation",
        observation(
            value=None, valueRatio={"numerator": {"value": 1}, "denominator": {"value": 40}}
        ),
    ),
    Posted("Observation", observation(value=None, dataAbsentReason=concept("unknown", "", "d"))),
    Posted("Observation", observation(identifier=[{"system": "urn:lab", "value": "O-1"}])),
    Posted("Observation", observation(contained=[patient(id="p")], subject=to("#p"))),
    Posted("Observation", BLOOD_PRESSURE_LIKE),
    Posted(
        "Observation",
        observation("57021-8", None, hasMember=[to("Observation/1")], note=[{"text": "a group"}]),
    ),
    Posted("DiagnosticReport", contained_report()),
    Posted("DiagnosticReport", report(presentedForm=[{"contentType": "application/pdf"}])),
    Posted("DiagnosticReport", report(to("Observation/elsewhere"), conclusion="See it.")),
    Posted("", whole_transaction()),
    Posted("", bundle(entry(observation()), entry(observation("tsh", 2)), type="batch")),
    Posted(
        "", bundle(entry(patient(), "urn:uuid:p"), entry(observation(subject=to("urn:uuid:p"))))
    ),
)


VALUES = frozenset(
    f"value{kind}"
    for kind in (
        *("Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio"),
        *("SampledData", "Time", "DateTime", "Period"),
    )
)


def places_in(body: Json) -> tuple[set[str], dict[str, list[str]]]:
    """Where a request that is taken in says that something was found, read off its JSON.

    Each observation and component is a place. A report is one with what it refers to: whatever of
    that is not among what was sent has to be a place as well.
    """
    places: set[str] = set()
    reports: dict[str, list[str]] = {}
    for path, resource in _resources(body):
        kind = resource.get("resourceType")
        if kind == "Observation":
            places |= _places_of(path, resource)
        elif kind == "DiagnosticReport":
            named = resource.get("result") or []
            reports[path] = [str(each.get("reference") or "").strip() for each in named]
        if kind in ("Observation", "DiagnosticReport"):
            for number, inner in enumerate(resource.get("contained") or []):
                if inner.get("resourceType") == "Observation":
                    places |= _places_of(f"{path}.contained[{number}]", inner)
    return places, reports


def results_in(body: Json) -> int:
    """How many things a right request says were found."""
    places, reports = places_in(body)
    return len(places) or len(reports)


def _resources(body: Json) -> list[tuple[str, Json]]:
    if body.get("resourceType") != "Bundle":
        return [(str(body.get("resourceType")), body)]
    entries = enumerate(body.get("entry") or [])
    return [
        (f"Bundle.entry[{number}].resource", each["resource"])
        for number, each in entries
        if isinstance(each.get("resource"), dict)
    ]


def _places_of(path: str, resource: Json) -> set[str]:
    parts = resource.get("component") or []
    said = VALUES | {"dataAbsentReason"}
    has_own = any(resource.get(name) is not None for name in said)
    own = {path} if has_own or not parts else set()
    return own | {f"{path}.component[{number}]" for number in range(len(parts))}
