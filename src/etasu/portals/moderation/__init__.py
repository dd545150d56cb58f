"""Moderators: what waits for them, the rules beside it, and what they decide."""
