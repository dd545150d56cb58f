"""Results of tests and examinations."""
