"""People and systems that sign in, their keys, and what each role may see."""
