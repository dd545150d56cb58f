"""Taking a whole site's records out and in: exports, and the files of another administrator."""
