"""Doors for people: one portal for each audience, over shared parts."""
