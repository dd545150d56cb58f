"""What people read and answered to be certified, kept for each person and program."""
