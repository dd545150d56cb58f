"""What providers of text messages tell us: what became of each, and what people answered."""
