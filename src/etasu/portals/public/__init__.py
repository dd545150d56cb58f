"""The pages that everybody may read: what a program is, how to take part, where to find a site."""
