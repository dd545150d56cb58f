"""Every form of every program on paper, beside the same words put on pages without a layout."""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from bench.machine import load

LINES, LETTERS = 55, 90


def printing(rounds: int) -> dict[str, Any]:
    """Milliseconds of the slowest blank form, and how many times its words alone they are."""
    from etasu.portals.components.paper.forms import form_pdf
    from etasu.programs import library
    from etasu.safe_use.forms import questions

    found = []
    for program in library.current().programs.values():
        for version in program.versions:
            for form in version.forms.values():
                said = " ".join(field.label for _, field, _ in questions(form))
                took = _median(partial(form_pdf, form, version), rounds)
                plain = _median(partial(_plain, said), rounds)
                name = f"{program.program.code} {version.label} {form.code}"
                found.append((took, took / plain, name))
    slowest = max(found)
    return {
        "measure": "forms on paper",
        "forms": len(found),
        "slowest": slowest[2],
        "cpu_milliseconds": round(slowest[0] * 1000, 1),
        "times_its_words_alone": round(slowest[1], 1),
        "load": load(),
    }


def _median(do: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.process_time()
        do()
        times.append(time.process_time() - began)
    return statistics.median(times)


def _plain(said: str) -> bytes:
    """The floor: the same words, line after line."""
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=letter)
    lines = [said[begin : begin + LETTERS] for begin in range(0, len(said), LETTERS)]
    for number, line in enumerate(lines or [""]):
        if number and number % LINES == 0:
            canvas.showPage()
        canvas.drawString(50, 740 - 12 * (number % LINES), line)
    canvas.save()
    return kept.getvalue()


def main() -> None:
    """Print one line of JSON."""
    import django

    django.setup()
    sys.stdout.write(json.dumps(printing(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
