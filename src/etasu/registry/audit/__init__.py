"""Who did what, when and why: append-only, sealed in hash-chained batches."""
