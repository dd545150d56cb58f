"""`python -m etasu.site.cli` is the command `etasu`."""

from etasu.site.cli import main

main()
