"""The operations clerks' room: paper, fax and calls keyed in and checked, and records compared."""
