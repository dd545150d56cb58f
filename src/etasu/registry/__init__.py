"""What we keep, and the verbs that change it."""
