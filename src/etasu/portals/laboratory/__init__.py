"""Results on their way in: connections, messages, what waits and why, and what codes mean."""
