"""What patients do by a link that was sent to them, and what is done for them about it."""
