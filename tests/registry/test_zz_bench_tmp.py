import cProfile
import os
import pstats
import random
import resource
import time
from datetime import date, timedelta

import pytest
from django.db import connection

from etasu.registry.monitoring.models import Result
from tests.registry import labs
from tests.registry.labs import about, items, message, receive

V = {
    **labs.BLOOD_COUNT,
    "creatinine": "0.9",
    "alt": "22",
    "ast": "20",
    "bilirubin": "0.6",
    "urine-erythrocytes": "1",
    "urine-leukocytes": "2",
    "urine-protein": "negative",
}
P = 800
N = int(os.environ.get("BN", "2800"))


@pytest.mark.django_db(transaction=True)
def test_bench():
    labs.use_lemtrada()
    labs.connect()
    p0 = labs.patient("P0", "M0")
    pres = p0.prescriber
    people = [p0] + [labs.patient(f"P{i}", f"M{i}", prescriber=pres) for i in range(1, P)]
    for p in people:
        labs.treat(p, *[date(2025, 1, 1) + timedelta(days=d) for d in range(5)])
    rows = []
    for p in people:
        for k in range(4):
            for t, v in V.items():
                rows.append(
                    Result(
                        patient=p,
                        test=t,
                        collected_on=date(2024, 12, 28) + timedelta(days=30 * k),
                        value=v,
                        unit={"K/uL": "10*3/uL", "/HPF": "/[HPF]"}.get(
                            labs.UNITS.get(t), labs.UNITS.get(t)
                        ),
                        recorded_at=labs.AT,
                        recorded_by="a",
                    )
                )
    Result.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as db:
        db.execute("ANALYZE")

    rng = random.Random(1)
    msgs = [
        message(
            *items(
                {
                    k: (str(round(float(v) * rng.uniform(0.9, 1.1), 2)) if v[0].isdigit() else v)
                    for k, v in V.items()
                },
                low="0.1",
                high="900",
            ),
            patient=about(f"M{i % P}"),
            raw=os.urandom(700).hex().encode(),
        )
        for i in range(N)
    ]
    batches = [msgs[i : i + 200] for i in range(0, N, 200)]
    for b in batches[:2]:
        receive(*b)
    lk = open('/tmp/cpu.lock')
    until = time.time() + 240; is_alone = False
    while time.time() < until and not is_alone:
        try: fcntl.flock(lk, fcntl.LOCK_EX | fcntl.LOCK_NB); is_alone = True
        except BlockingIOError: time.sleep(0.05)
    print('alone', is_alone, 'got', time.time(), os.getloadavg()); time.sleep(2)
    from collections import defaultdict

    from etasu.registry.monitoring import keeping
    spent = defaultdict(float)
    old = keeping.copy_rows
    def timed(table, columns, rows):
        rows = list(rows); t0 = time.perf_counter(); old(table, columns, rows); spent['COPY ' + table] += time.perf_counter() - t0
    def wrap(execute, sql, params, many, context):
        t0 = time.perf_counter()
        try: return execute(sql, params, many, context)
        finally: spent[" ".join(sql.split())[:70]] += time.perf_counter() - t0
    prof = cProfile.Profile()
    for b in batches[2:4]: receive(*b)
    batches[:] = batches[2:]
    with connection.cursor() as db:
        db.execute('SELECT pg_backend_pid()'); pid = db.fetchone()[0]
    def pg():
        f = __import__('pathlib').Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split(); return (int(f[11]) + int(f[12])) / 100
    g0 = pg(); ctx = None
    t = time.perf_counter()
    c0 = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    per = []
    for b in batches[2:]:
        t1 = time.perf_counter(); c1 = time.process_time(); g1 = pg()
        receive(*b)
        per.append(((time.perf_counter() - t1) / 200e-6, (time.process_time() - c1) / 200e-6, (pg() - g1) / 200e-6))
    per.sort(); print("best batches wall/python/pg us per message", [tuple(round(x) for x in p) for p in per[:5]])
    dt = time.perf_counter() - t
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - c0
    n = N - 800
    print(
        f"\n{n / dt:.0f} msg/s wall, python {cpu / n * 1e6:.0f} us/msg, wall {dt / n * 1e6:.0f} us/msg, PG backend {(pg() - g0) / n * 1e6:.0f} us/msg; python+pg {n / (cpu + pg() - g0):.0f} msg/s on one core"
    )
    if os.environ.get("PROF"):
        more = [
            m._replace(
                raw=m.raw + b"x",
                message=__import__("dataclasses").replace(
                    m.message,
                    control_id=m.message.control_id + "x",
                    reports=tuple(
                        __import__("dataclasses").replace(r, number=r.number + "x")
                        for r in m.message.reports
                    ),
                ),
            )
            for m in msgs[:2000]
        ]
        keeping.copy_rows = timed
        with connection.execute_wrapper(wrap):
            for i in range(0, 1000, 200): receive(*more[i:i+200])
        keeping.copy_rows = old
        for k, v in sorted(spent.items(), key=lambda kv: -kv[1])[:22]: print(f"{v/1000*1e6:7.0f} us/msg", k)
        more = more[1000:]
        prof.enable()
        for i in range(0, 1000, 200):
            receive(*more[i : i + 200])
        prof.disable()
        pstats.Stats(prof).sort_stats("tottime").print_stats(28)
    def again(label, tag):
        spent.clear()
        ms = [m._replace(raw=m.raw + tag, message=__import__("dataclasses").replace(m.message, control_id=m.message.control_id + tag.decode(), reports=tuple(__import__("dataclasses").replace(r, number=r.number + tag.decode()) for r in m.message.reports))) for m in msgs[:400]]
        keeping.copy_rows = timed
        receive(*ms[:200]); spent.clear(); receive(*ms[200:])
        keeping.copy_rows = old
        print(label, {k: round(v/200*1e6) for k, v in spent.items()})
    from collections import Counter

    from etasu.registry.monitoring.models import LabItemRow, SignalRow

    print(
        Counter(SignalRow.objects.values_list("limit_code", flat=True)),
        Counter(LabItemRow.objects.values_list("outcome", "reason")),
    )
