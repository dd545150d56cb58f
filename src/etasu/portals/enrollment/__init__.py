"""Getting in: from an account to a certified prescriber, facility or pharmacy."""
