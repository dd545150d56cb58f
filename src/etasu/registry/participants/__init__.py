"""Prescribers, facilities, pharmacies: identity, certification, who works for them."""
