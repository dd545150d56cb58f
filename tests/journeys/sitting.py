"""How long a task takes somebody: worked out from what they do and read, and not stopped.

Hands by the keystroke-level model of Card, Moran and Newell (1980), reading at 238 words a minute,
the pace Brysbaert (2019) found for silent reading of English. The figures say what a page asks of
people; they do not depend on how fast the machine is that the test runs on.
"""

from __future__ import annotations

from tests.journeys.newcomers import Newcomer

# Seconds: a key of an average typist, pointing with a mouse, a press, from mouse to keyboard, a
# thought before each step; fetching a message and coming back with it.
KEY, POINT, PRESS, HOME, THINK = 0.28, 1.1, 0.2, 0.4, 1.35
A_CLICK = THINK + POINT + PRESS
FETCHING_A_MESSAGE = 30
WORDS_A_MINUTE = 238
WORDS_OF_THE_PAGE = """(content, unread) => {
    const main = content.cloneNode(true);
    for (const each of main.querySelectorAll(unread)) each.remove();
    const shown = document.body.appendChild(main);
    const said = shown.innerText;
    shown.remove();
    return said;
}"""


class Sitting(Newcomer):
    """Somebody whose every click, tick, key and word is counted."""

    keys = clicks = ticks = fields = thoughts = words = messages = 0
    # Seconds for a key, and how fast a page is read.
    pace, words_a_minute = KEY, WORDS_A_MINUTE
    # Addresses whose pages are read word by word; of every other page a practiced reader takes in
    # what to do.
    studied: tuple[str, ...] = ()
    # What nobody reads through: the list behind a choice, and what is not shown. Whoever has just
    # typed and checked every answer does not read them a third time above the signature.
    unread = "select, .signed-text, [hidden]"
    # How the names of pages begin that are looked over; the others have walks of their own.
    looked_over = "sitting"
    seen: set[str]

    def read(self) -> None:
        """Read the page, but no line twice."""
        self.seen = getattr(self, "seen", set())
        said: str = self.page.locator("main").evaluate(WORDS_OF_THE_PAGE, self.unread)
        lines = {line.strip() for line in said.splitlines()} - self.seen
        self.seen |= lines
        if any(part in self.page.url for part in self.studied):
            self.words += sum(len(line.split()) for line in lines)

    def type(self, label: str, text: str) -> None:
        """Fill a field in."""
        self.page.get_by_label(label, exact=False).first.fill(text)
        self.fields += 1
        self.keys += len(text)

    def tick(self, text: str) -> None:
        """Choose what is said by this text."""
        self.page.get_by_text(text, exact=True).first.click()
        self.ticks += 1

    def when_i_press(self, name: str) -> None:
        """Read, then press."""
        self.read()
        self.clicks += 1
        button = self.page.get_by_role("button", name=name, exact=True).first
        with self.page.expect_navigation():
            button.click()

    def when_i_follow(self, name: str) -> None:
        """Read, then follow a link."""
        self.read()
        self.clicks += 1
        link = self.page.get_by_role("main").get_by_role("link", name=name).first
        with self.page.expect_navigation():
            link.click()

    def when_i_fill_the_form_in(self) -> None:
        """Every page of the form, whatever it asks."""
        typed, letters, chosen = self.typed, self.letters, self.chosen
        super().when_i_fill_the_form_in()
        self.fields += self.typed - typed
        self.keys += self.letters - letters
        self.ticks += self.chosen - chosen

    def when_i_open(self, address: str) -> None:
        """Fetch a message, and open the link in it."""
        self.messages += 1
        self.page.goto(address)

    def then_it_is_sound(self, name: str) -> None:
        """Pages that no other walk looks over are looked over here."""
        if name.startswith(self.looked_over):
            super().then_it_is_sound(name)

    @property
    def seconds(self) -> float:
        """What the model says all of it takes."""
        keyed = self.keys * self.pace + self.thoughts * THINK
        clicked = self.clicks * A_CLICK + self.ticks * (POINT + PRESS)
        filled = self.fields * (A_CLICK + HOME)
        reading = 60 * self.words / self.words_a_minute
        return keyed + clicked + filled + reading + self.messages * FETCHING_A_MESSAGE

    def __str__(self) -> str:
        counted = {
            "words": self.words, "keys": self.keys, "clicks": self.clicks, "ticks": self.ticks,
            "fields": self.fields, "messages": self.messages,
        }  # fmt: skip
        said = ", ".join(f"{n} {what}" for what, n in counted.items() if n)
        return f"{self.seconds:.0f} s ({said})"
