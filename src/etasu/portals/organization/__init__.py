"""My organization: pages for the representatives of facilities and pharmacies."""
