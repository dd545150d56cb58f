"""Patients: identity, enrollment, holds."""
