"""Measurements: what Etasu does beside what its database alone could do."""
