"""Asking a gate over HTTP with JSON: bytes in, one question, the stored answer out."""
