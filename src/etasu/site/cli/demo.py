"""`etasu demo`: from nothing to a running site with invented people, in one command."""

import os
from collections.abc import Sequence

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Trouble, answer
from etasu.site.cli.init import initialize
from etasu.site.cli.preparation import prepare_current, refuse_if_broken
from etasu.site.cli.seed import doors, invent
from etasu.site.cli.serve import (
    Host,
    Port,
    Threads,
    Workers,
    collect_static_files,
    due_worker,
    web_server,
)
from etasu.site.cli.supervisor import Supervisor
from etasu.site.mail import is_kept_as_files, mail_folder


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 2,
    threads: Threads = 4,
    as_json: AsJson = False,
) -> None:
    """Make a database, fill it with invented people when it is empty, and serve it.

    What was done before is still there at the next start. On a later day the cast is enrolled anew
    for that day, so that there is again somebody to say yes to; the earlier cast stays, with its
    date behind each name. The password and keys shown are made to work again if they were changed.
    """
    # Whoever looks around signs in with the password shown; the second step is there to be tried.
    os.environ.setdefault("ETASU_SECOND_STEP", "offered")
    # Links in messages lead here, also those the worker sends, which knows of no options of ours.
    os.environ.setdefault("ETASU_SITE_URL", f"http://{host}:{port}")
    initialize()
    prepare_current()
    collect_static_files()
    refuse_if_broken()
    _have_people(as_json)
    children = [web_server(host, port, workers, threads), due_worker()]
    supervisor = Supervisor(children, await_address=(host, port))
    supervisor.start()
    _tell(f"http://{host}:{port}/", as_json)
    supervisor.watch()


def _have_people(as_json: bool) -> None:
    from etasu.site import seed

    if seed.is_empty():
        invent("s", 1, as_json=as_json)
    elif not seed.is_invented():
        raise Trouble(
            "This database holds patients that were not invented: it is no demonstration.",
            "Serve it with `etasu serve`, or demonstrate in another home with ETASU_HOME.",
        )
    seed.refresh_cast(now_utc())
    seed.mend_sign_ins(now_utc())


def _tell(address: str, as_json: bool) -> None:
    from etasu.site import seed

    people, keys, patients = seed.sign_ins(), seed.keys(), seed.cast_patients()
    body = {
        "address": address,
        "mail": str(mail_folder()) if is_kept_as_files() else None,
        "sign_ins": [one._asdict() for one in people],
        "keys": [one._asdict() for one in keys],
        "patients": [{"name": name, "number": number} for name, number in patients],
    }
    first = f"Etasu answers at {address}  (Ctrl-C stops it)"
    answer(as_json, body, first, *doors(people, keys), *_patients(patients), *_mail())


def _mail() -> list[str]:
    if not is_kept_as_files():
        return []
    return ["", f"E-mail, with the links in it, is not sent but kept as files in {mail_folder()}"]


def _patients(patients: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f"  {name:<22}  {number}" for name, number in patients]
    return ["", f"  {'Patient':<22}  Number to ask with", *lines] if lines else []
