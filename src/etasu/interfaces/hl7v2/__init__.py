"""Laboratory results as HL7 v2 messages: read, translated, handed in, acknowledged.

`parser` takes a message apart, `translate` says what it means, `answer` words the acknowledgment;
none of them knows the network or the database. `listener` speaks MLLP, `handing_in` collects what
waits on all connections into one transaction, and `web` takes the same messages over HTTP.
"""
