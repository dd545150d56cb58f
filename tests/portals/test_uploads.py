"""Files of results: sent, told row by row, put right and sent again."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from etasu.registry.accounts.access import LAB_ANALYST
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.again import waiting
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.lab_rows import ItemResolution, LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from tests.portals.test_access import body
from tests.portals.test_watching import text
from tests.portals.world import Cast, add_person
from tests.registry.test_result_workbooks import xlsx

SignIn = Callable[[str], Client]
HEAD = ["patient", "test", "value", "unit", "collected_on", "note"]


def send(client: Client, content: bytes, name: str = "results.xlsx", **more: str) -> Any:
    """Send a file, and go where it leads."""
    file = SimpleUploadedFile(name, content)
    return client.post("/uploads/", {"file": file, **more}, follow=True)


def values(content: bytes) -> list[list[Any]]:
    """The cells of a workbook."""
    sheet: Any = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_file_is_kept_told_row_by_row_put_right_and_sent_again(
    cast: Cast, signed_in: SignIn
) -> None:
    add_person("lemtrada", "liam", LAB_ANALYST, None, cast.at)
    liam, number, today = signed_in("liam"), cast.mara.number, cast.today
    content = xlsx(
        HEAD,
        [number, "platelets", 80, "K/uL", today, None],
        [number, "tsh", "=1+1", "m[IU]/L", today, None],
        [number, "creatinine", "0.9", "mg/dL", "June 1", "'=note"],
    )
    for _ in range(2):
        sent = send(liam, content).content.decode()
    assert "This very file came in before." in sent
    assert "1 row is kept." in sent and "2 rows are not kept." in sent
    assert "Cell C3 holds a formula: put the value itself there." in sent
    assert "collected_on is not a day" in sent
    assert LabMessageRow.objects.count() == 1 and SignalRow.objects.count() == 1
    file = LabMessageRow.objects.get().number
    assert file in text(liam, "/uploads/") and "Files of results" in text(liam, "/uploads/")
    rows = values(liam.get(f"/uploads/{file}/rows.xlsx").content)
    assert rows[0] == [*HEAD, "to_put_right"] and len(rows) == 3
    assert rows[2][5] == "=note" and "not a day" in rows[2][6]
    assert "'=note" in body(liam.get(f"/uploads/{file}/rows.csv"))  # type: ignore[arg-type]
    # Whoever mends them sets the old ones aside; sent again as they came back, only more is said.
    for _ in range(2):
        liam.post(f"/uploads/{file}/set-aside/")
    assert not waiting().exists() and ItemResolution.objects.count() == 2
    mended = [rows[0], [*rows[1][:2], "2", *rows[1][3:]], [*rows[2][:4], str(today)]]
    assert "2 rows are kept." in send(liam, xlsx(*mended)).content.decode()
    found = Result.objects.filter(patient=cast.mara, collected_on=today, channel="file")
    assert set(found.values_list("test", "value")) == {
        ("platelets", "80"), ("tsh", "2"), ("creatinine", "0.9"),
    }  # fmt: skip


def test_what_is_no_file_of_results_says_what_to_do_and_is_kept_as_well(
    cast: Cast, signed_in: SignIn
) -> None:
    ada = signed_in("ada")
    assert "Choose the file" in ada.post("/uploads/").content.decode()
    assert "Columns are missing" in send(ada, b"a,b\n1,2\n", "results.csv").content.decode()
    assert "damaged" in send(ada, b"PK\x03\x04").content.decode()
    assert LabMessageRow.objects.filter(answer="AE").count() == 2
    file = LabMessageRow.objects.order_by("pk")[0].number
    assert "Columns are missing" in text(ada, f"/uploads/{file}/")
    template = values(ada.get("/uploads/template.xlsx").content)
    assert template[0][:5] == ["patient", "test", "value", "unit", "collected_on"]
    assert body(ada.get("/uploads/template.csv")).count("\n") == 2  # type: ignore[arg-type]
    assert ada.get("/uploads/template.pdf").status_code == 404
    register_connection("lemtrada", "Clinic", wire="file", by=PLATFORM, at=cast.at)
    page = text(ada, "/uploads/")
    assert "From whom" in page and "Clinic" in page


def test_only_the_laboratory_and_the_program_send_files(cast: Cast, signed_in: SignIn) -> None:
    send(signed_in("ada"), b"a,b\n1,2\n", "results.csv")
    file = LabMessageRow.objects.get().number
    quinn = signed_in("quinn")
    page = text(quinn, "/uploads/")
    assert "Send the file" not in page and file in page
    assert quinn.post("/uploads/").status_code == 404
    for who in ("amara", "ben"):
        assert signed_in(who).get("/uploads/").status_code == 404
        assert signed_in(who).get(f"/uploads/{file}/").status_code == 404
