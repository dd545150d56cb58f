"""Program files read into safe-use values, or refused with file, entry, field and expectation."""
