"""Etasu: an open REMS administrator, run from each program's definition."""
