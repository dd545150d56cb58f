"""Messages the program sends: kept with what caused them, sent by the clock, never lost."""
