"""Reports of side effects and pregnancies: telling of one, and working on them."""
