"""The resources of FHIR R4 that results are read from."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Raw, Struct

from etasu.interfaces.fhir.elements import (
    About,
    Annotation,
    CodeableConcept,
    DateTime,
    Element,
    HumanName,
    Identifier,
    Integer,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    ReferenceRange,
)

ResultStatus = Literal[
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",  # codespell:ignore
    "entered-in-error",
    "unknown",
]
ReportStatus = Literal[
    "registered",
    "partial",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "appended",
    "cancelled",  # codespell:ignore
    "entered-in-error",
    "unknown",
]
BundleType = Literal[
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
]


class Kind(Struct, rename="camel"):
    """Which resource it is, before anything else of it is looked at."""

    resource_type: str
    id: str | None = None


class Resource(Element, frozen=True):
    """What every resource has."""

    id: str | None = None
    meta: About | None = None
    implicit_rules: str | None = None
    contained: tuple[Raw, ...] | None = None


class Identified(Resource, frozen=True):
    """A resource that goes by names of its own."""

    identifier: tuple[Identifier, ...] | None = None

    @property
    def token(self) -> str:
        """The first identifier that is whole, as FHIR searches for it."""
        return next((each.token for each in self.identifier or () if each.token), "")


class Measured(Identified, frozen=True, kw_only=True):
    """What an observation and each of its components have: a code, and a value or why none.

    A component has no names of its own; structures cannot have two bases, and it sends none.
    """

    code: CodeableConcept
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: Integer | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: dict[str, Any] | None = None
    value_time: str | None = None
    value_date_time: DateTime | None = None
    value_period: Period | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] | None = None
    reference_range: tuple[ReferenceRange, ...] | None = None


class Component(Measured, frozen=True):
    """A part of an observation with a value of its own."""


class Observation(Measured, frozen=True, kw_only=True):
    """One thing found, or several as components."""

    resource_type: Literal["Observation"]
    status: ResultStatus
    subject: Reference | None = None
    focus: Raw = Raw()
    based_on: tuple[Reference, ...] | None = None
    performer: tuple[Reference, ...] | None = None
    effective_date_time: DateTime | None = None
    effective_period: Period | None = None
    effective_instant: DateTime | None = None
    effective_timing: dict[str, Any] | None = None
    issued: DateTime | None = None
    note: tuple[Annotation, ...] | None = None
    specimen: Reference | None = None
    has_member: tuple[Reference, ...] | None = None
    component: tuple[Component, ...] | None = None


class DiagnosticReport(Identified, frozen=True, kw_only=True):
    """A report with the observations it names."""

    resource_type: Literal["DiagnosticReport"]
    status: ReportStatus
    code: CodeableConcept
    subject: Reference | None = None
    based_on: tuple[Reference, ...] | None = None
    performer: tuple[Reference, ...] | None = None
    effective_date_time: DateTime | None = None
    effective_period: Period | None = None
    issued: DateTime | None = None
    specimen: tuple[Reference, ...] | None = None
    result: tuple[Reference, ...] | None = None
    conclusion: str | None = None
    presented_form: tuple[dict[str, Any], ...] | None = None


class Patient(Identified, frozen=True, kw_only=True):
    """Who results are about."""

    resource_type: Literal["Patient"]
    name: tuple[HumanName, ...] | None = None
    birth_date: str | None = None
    gender: str | None = None


class Collection(Element, frozen=True):
    """How a specimen was taken."""

    collected_date_time: DateTime | None = None
    collected_period: Period | None = None


class Specimen(Identified, frozen=True, kw_only=True):
    """What was examined."""

    resource_type: Literal["Specimen"]
    status: str | None = None
    type: CodeableConcept | None = None
    collection: Collection | None = None
    condition: tuple[CodeableConcept, ...] | None = None


class ServiceRequest(Identified, frozen=True, kw_only=True):
    """What somebody ordered."""

    resource_type: Literal["ServiceRequest"]
    requester: Reference | None = None


class Practitioner(Identified, frozen=True, kw_only=True):
    """Who ordered it."""

    resource_type: Literal["Practitioner"]


class Request(Element, frozen=True, kw_only=True):
    """What is to be done with an entry."""

    method: str
    url: str
    if_none_exist: str | None = None


class Entry(Element, frozen=True):
    """A resource in a bundle, with the name others know it by."""

    full_url: str | None = None
    resource: Raw = Raw()
    request: Request | None = None


class Bundle(Resource, frozen=True, kw_only=True):
    """Several resources at once."""

    resource_type: Literal["Bundle"]
    type: BundleType
    entry: tuple[Entry, ...] | None = None


# What is taken in as results, and what is read along with them.
RESULTS: dict[str, type[Observation] | type[DiagnosticReport]] = {
    "Observation": Observation,
    "DiagnosticReport": DiagnosticReport,
}
Result = Observation | DiagnosticReport
READ_ALONG = frozenset(
    {
        "Device",
        "DocumentReference",
        "Encounter",
        "Location",
        "Media",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Provenance",
        "ServiceRequest",
        "Specimen",
    }
)
