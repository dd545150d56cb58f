"""Delegates' pages: what they prepare, for whom, and nothing that signs or authorizes."""
