"""One's own account: registering, ways to sign in, getting in again, sessions, and what we know."""
