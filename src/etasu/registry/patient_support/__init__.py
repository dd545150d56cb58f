"""Help that patients may take beside the program: never a part of a decision about the drug."""
