"""The lab program at work: appointments to set and to follow up, and where laboratories draw."""
