"""The training center: what everybody reads and answers to be certified."""
