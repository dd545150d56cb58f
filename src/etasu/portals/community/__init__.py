"""The community: patients by their link and care partners with their account, on the same pages."""
