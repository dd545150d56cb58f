"""Reports of side effects and pregnancies, until the sponsor's safety database has them."""
