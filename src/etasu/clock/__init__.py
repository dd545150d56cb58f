"""The door for time: what happens because a moment has come, and the one reading of the clock."""
