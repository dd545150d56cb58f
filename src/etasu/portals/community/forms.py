"""What members fill in: a name, a topic, words, why they report a post, why they disagree."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.community.words import GIVEAWAYS, spoken
from etasu.portals.components.forms import PortalForm
from etasu.safe_use.community import Community
from etasu.safe_use.giveaways import giveaways_in
from etasu.safe_use.pseudonyms import LONGEST_NAME, Owner

SOMETHING_ELSE = "other"
_LONGEST_REASON = 1000
# Lines, and what joins two signs to one, as in some emoji.
_UNSEEN_BUT_MEANT = "\n\t\u200c\u200d"


def visible(text: str) -> str:
    """The text without what nobody sees and what turns the direction of what stands beside it."""
    lines = text.replace("\r\n", "\n")
    kept = [each for each in lines if each in _UNSEEN_BUT_MEANT or not _is_unseen(each)]
    is_blank = all(each in _UNSEEN_BUT_MEANT or each.isspace() for each in kept)
    return "" if is_blank else "".join(kept).strip()


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs")


class WordsField(forms.CharField):
    """What a member writes, as others can see it."""

    def to_python(self, value: Any) -> str:
        """The words as others see them; nothing for words of signs nobody sees."""
        return visible(super().to_python(value) or "")


class NameForm(PortalForm):
    """The name others see."""

    pseudonym = forms.CharField(
        label=gettext_lazy("The name others see"),
        help_text=gettext_lazy(
            "Make one up, such as Blue Heron. Do not use your own name. You cannot change it later."
        ),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Make up a name")},
    )


class AllowForm(PortalForm):
    """Somebody with an account allows it."""

    agree = forms.BooleanField(
        label=gettext_lazy("Yes, I allow this"),
        error_messages={"required": gettext_lazy("Tick the box if you allow this, or go back")},
    )


class PostForm(PortalForm):
    """Words for a topic. What may give somebody away is asked about before it is sent."""

    words = WordsField(
        label=gettext_lazy("What do you want to say?"),
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": gettext_lazy("Write something")},
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("Send it as it is: a moderator reads it before others do"),
        required=False,
    )

    def __init__(self, *args: Any, community: Community, owner: Owner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words: Any = self.fields["words"]
        words.max_length = community.longest_post
        words.validators.append(MaxLengthValidator(community.longest_post))
        # Far more than may be sent is not looked through: it is refused for its length.
        most = community.longest_title + community.longest_post
        self.found = giveaways_in("\n".join(self._typed())[: 2 * most], owner)
        if not self.found:
            del self.fields["anyway"]

    def clean(self) -> dict[str, Any]:
        """What looks like a number, an address or a place is taken out, or sent on purpose."""
        said: dict[str, Any] = super().clean() or {}
        if self.found and "words" in said and not said.get("anyway"):
            what = ", ".join(str(GIVEAWAYS[each]) for each in self.found)
            hint = _("This may show who you are: %(what)s. Take it out, or tick the box below.")
            self.add_error("words", hint % {"what": what})
        return said

    def _typed(self) -> list[str]:
        sent = (self.data.get(self.add_prefix(name), "") for name in ("title", "words"))
        return [visible(each) for each in sent]


class TopicForm(PostForm):
    """A new topic: what it is about, and the first words."""

    title = WordsField(
        label=gettext_lazy("What is it about?"),
        help_text=gettext_lazy("A few words."),
        error_messages={"required": gettext_lazy("Say in a few words what it is about")},
    )
    field_order = ("title", "words", "anyway")

    def __init__(self, *args: Any, community: Community, **kwargs: Any) -> None:
        super().__init__(*args, community=community, **kwargs)
        most = community.longest_title
        title: Any = self.fields["title"]
        title.validators.append(MaxLengthValidator(most))


class ReportForm(PortalForm):
    """What is wrong with a post."""

    rule = forms.ChoiceField(
        label=gettext_lazy("What is wrong with it?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong with it")},
    )
    words = WordsField(
        label=gettext_lazy("Anything else the moderator should know?"),
        max_length=_LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, community: Community, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = [(each.code, spoken(each, language)) for each in community.rules]
        field: Any = self.fields["rule"]
        field.choices = [*rules, (SOMETHING_ELSE, _("Something else"))]


class AppealForm(PortalForm):
    """Why a moderator should look again."""

    words = WordsField(
        label=gettext_lazy("Why should the post be shown?"),
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Say why")},
    )
