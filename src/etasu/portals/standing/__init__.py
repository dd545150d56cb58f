"""How one stands with the program: certification, renewal, certificates, and messages."""
