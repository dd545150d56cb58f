"""Where patients and those who help them write to each other, and who looks after that."""
