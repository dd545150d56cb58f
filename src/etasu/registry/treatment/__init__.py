"""What actually happened: courses, infusions, dispenses."""
