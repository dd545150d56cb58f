"""The prescriber's door: own patients, authorizing a course, holding treatment back."""
