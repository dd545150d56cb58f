"""PostgreSQL as Django speaks to it, emptied between tests in a way that costs little."""
