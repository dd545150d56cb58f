"""Events that should not have happened, opened and followed up."""
