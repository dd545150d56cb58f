"""Parts pages are made of: what a part shows is decided here, how it looks in its template.

A page extends `base.html` and fills the blocks `title`, `sections` (`<nav class="sections page">`
with `{% section route label %}` entries), `heading`, `content` and `actions`. With `{% load portal
%}` it has these parts: `page_header`, `patient_banner`, `decision_panel`, `findings_list`,
`summary_list`, `status_tag`, `worklist_table`, `task_list` (over `task_list.Task`), `timeline`,
`signature_block`, `field`,
`error_summary` (shown by the base for a context variable `form`), `form_token`, and for days and
moments `|us_day`, `|us_short_day` and `us_moment`. A whole answer is `components/answer.html` and
`components/answer_rest.html` over `answer.answer_page(...)`.

Forms derive from `forms.PortalForm`; one that acts has a `{% form_token %}` and is handled inside
`sending.sent_once`, so that a double click acts once.
"""
