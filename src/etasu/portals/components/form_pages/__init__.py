"""A program's form as pages: one section at a time, everything checked, signed, and kept."""
