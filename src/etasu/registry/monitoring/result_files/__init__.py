"""Results in a file of values: one row for each, every row answered by its number.

`columns` says which columns there are, `text` and `workbook` read the two kinds of files into
lines, `translate` turns the lines into a `LabMessage`, and `receive` hands it in. A row that cannot
be read is kept and waits, like an item of any other wire.
"""
