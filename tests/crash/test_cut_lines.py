"""Nothing is lost or doubled when the line breaks at any byte of a question or an answer."""

from __future__ import annotations

import psycopg

from tests.crash.clients import Crowd
from tests.crash.history import contradictions, read_kept
from tests.crash.proxy import CuttingProxy
from tests.crash.test_kill import Site, kill_all, site, wait_for_more  # noqa: F401

CALLS, SHARE_CUT = 2000, 0.25


def test_nothing_is_lost_or_doubled_when_the_line_is_cut(site: Site) -> None:  # noqa: F811
    server = site.serve()
    proxy = CuttingProxy(site.port, seed=5, share=SHARE_CUT)
    proxy.start()
    crowd = Crowd(proxy.port, site.world, seed=11, threads=8)
    try:
        crowd.start()
        while len(crowd.acknowledged) < CALLS:
            wait_for_more(crowd, 10)
    finally:
        crowd.stop()
        proxy.stop()
        # Read while the server runs: the database ends with its last user.
        with psycopg.connect(site.address()) as db:
            kept = read_kept(db)
        kill_all(server)
    assert crowd.is_done
    assert crowd.unexpected == []
    assert contradictions(crowd.acknowledged, crowd.sent, kept) == []
    assert set(crowd.acknowledged) == crowd.sent
    assert proxy.cuts > CALLS * SHARE_CUT / 2, "too few lines were cut to prove anything"
