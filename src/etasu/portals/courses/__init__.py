"""What a course came to, for whoever prescribed it and for where it was given."""
