"""Why a signature was not taken; the words are shared with the other rooms where people sign."""

from etasu.portals.components.signing_words import SAID as SAID
from etasu.portals.components.signing_words import refusal_words as refusal_words
