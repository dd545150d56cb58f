"""Forms of a program for everybody who fills them in or signs them at work."""
