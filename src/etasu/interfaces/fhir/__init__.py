"""Results as FHIR R4 resources over HTTP.

`reading` turns bytes into the typed resources of `resources`, `translate` those into a
`LabMessage`, `delivery` says what a request hands in, `answer` what goes back. Only `web` knows
the network and the database.
"""
