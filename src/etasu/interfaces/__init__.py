"""The doors for machines, one folder for each wire format."""
