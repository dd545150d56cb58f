"""Elements to assure safe use: what must be true before the drug may reach a patient.

Pure: standard library only, no input or output, no clock. Every answer follows from its arguments.
"""
