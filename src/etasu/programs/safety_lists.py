"""The table of adverse reactions counts among those the label lists, and is not written twice."""

from __future__ import annotations

import dataclasses

from etasu.programs.public_site import LANGUAGES, PublicSite, Reaction
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety_plan import ExpectedReaction


def with_table(version: ProgramVersion, site: PublicSite) -> ProgramVersion:
    """The version, with the reactions of the public table among the expected ones.

    One that `safety.yaml` has under the same code is as written there.
    """
    if site.reactions is None:
        return version
    table = {each.code: _listed(each, site) for each in site.reactions.reactions}
    return dataclasses.replace(version, expected_reactions=table | dict(version.expected_reactions))


def _listed(each: Reaction, site: PublicSite) -> ExpectedReaction:
    said = (site.said(each, language)[0].title for language in LANGUAGES)
    return ExpectedReaction(
        code=each.code,
        source=each.source,
        verified=each.verified,
        name=each.title,
        also_called=tuple(title for title in said if title != each.title),
    )
