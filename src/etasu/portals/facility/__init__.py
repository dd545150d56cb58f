"""The infusion nurse's pages: may I start today, and what was given."""
