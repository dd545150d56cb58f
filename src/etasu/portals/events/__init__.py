"""Live events at work: offered, called off, and who came."""
