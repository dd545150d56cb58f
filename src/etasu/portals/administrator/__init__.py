"""The administrator's door: participants, patients, decisions, events, programs, the trail."""
