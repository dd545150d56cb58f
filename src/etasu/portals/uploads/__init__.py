"""Results sent as a file: the rows that are right are kept, the others are told one by one."""
