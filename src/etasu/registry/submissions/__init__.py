"""Signed forms, kept as signed."""
