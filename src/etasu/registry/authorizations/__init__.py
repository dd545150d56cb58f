"""Decisions given, authorizations issued, used, expired, reversed."""
