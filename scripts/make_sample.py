"""Make the sample: a weekly list of 250 rows, MOFCOM's return sheet for it, a few attachments.

Run from the root of the project: `.venv/bin/python -m scripts.make_sample`. The seed is
fixed, so the files come out the same; a test compares. Every company is fictional and says
so in its name. Threads and their texts are written by hand in config/sample/threads.toml.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from scripts.make_attachments import attachments
from special_channel.core.time.calendars import merge, parse_release

SEED: Final = 20261120
LIST: Final = "L2026-47"
CLOSE: Final = date(2026, 11, 20)
"""The Friday on which the list was closed; loading moves all dates by whole days from here."""

ROWS: Final = 250
ANSWERED: Final = 236
"""Rows that the return sheet answers; the rest follow later, as in life."""

LINE_STOPS: Final = 14
URGENT: Final = 96
SMES: Final = 0.37

SHARED: Final = (
    "list_id", "row", "application_no", "urgency", "priority_rank", "first_listed",
    "times_listed", "stop_on", "eu_asserted_status", "eu_as_of", "question_code",
)  # fmt: skip
EU_ONLY: Final = (
    "case_id", "eu_company", "eori", "member_state", "is_sme", "control_code", "elements",
    "content_pct", "hs_cn", "cn_code_eu", "qty", "unit", "qty_basis", "value", "currency",
    "end_use_sector", "stock_out_on", "jobs_at_risk", "rank_reason",
)  # fmt: skip
RETURN: Final = (
    "list_id", "row", "application_no", "match", "cn_status", "cn_as_of", "accepted_on",
    "clock_state", "days_used", "missing_items", "decision", "decided_on", "remark_code",
    "remark_zh", "remark_en", "exporter_zh", "filed_via_province",
)  # fmt: skip
CODES: Final = {"application_no", "hs_cn", "cn_code_eu", "eori", "control_code"}

COMPANIES: Final = (
    ("Fictional Antriebe Nord GmbH", "DE"), ("Fictional Motorenwerk Süd AG", "DE"),
    ("Fictional Sensorik Bärenau GmbH", "DE"), ("Fictional Windkraft Küste SE", "DE"),
    ("Fictional Magneti Adda S.p.A.", "IT"), ("Fictional Motori Elettrici Oglio S.r.l.", "IT"),
    ("Fictional Moteurs d’Argonne SAS", "FR"), ("Fictional Aimants du Forez SARL", "FR"),
    ("Fictional Éolienne Bretagne SA", "FR"), ("Fictional Łożyska Wisła sp. z o.o.", "PL"),
    ("Fictional Żuraw Napędy S.A.", "PL"), ("Fictional Šumava Motor s.r.o.", "CZ"),
    ("Fictional Třebíč Magnetika a.s.", "CZ"), ("Fictional Őrség Hajtómű Kft.", "HU"),
    ("Fictional Győr Érzékelő Zrt.", "HU"), ("Fictional Aandrijving Twente B.V.", "NL"),
    ("Fictional Lasertechniek Delft B.V.", "NL"), ("Fictional Drivlinor Mälaren AB", "SE"),
    ("Fictional Vindkraft Öland AB", "SE"), ("Fictional Kone-osa Häme Oy", "FI"),
    ("Fictional Vindmølle Jylland A/S", "DK"), ("Fictional Motores Ebro S.L.", "ES"),
    ("Fictional Imanes Cantábrico S.A.", "ES"), ("Fictional Motores Douro Lda.", "PT"),
    ("Fictional Antriebstechnik Mur GmbH", "AT"), ("Fictional Elektromotor Sava d.o.o.", "SI"),
    ("Fictional Pogoni Žumberak d.o.o.", "HR"), ("Fictional Medical Imaging Shannon Ltd", "IE"),
    ("Fictional Aimants Meuse SRL", "BE"), ("Fictional Motoare Argeș S.R.L.", "RO"),
)  # fmt: skip
EXPORTERS: Final = (
    ("虚构磁材（宁波）有限公司", "浙江"), ("虚构永磁科技（包头）有限公司", "内蒙古"),
    ("虚构稀土新材料（赣州）有限公司", "江西"), ("虚构电机磁业（宁德）有限公司", "福建"),
    ("虚构靶材（洛阳）有限公司", "河南"), ("虚构氧化物（江阴）有限公司", "江苏"),
    ("虚构功能材料（烟台）有限公司", "山东"), ("虚构合金（成都）有限公司", "四川"),
)  # fmt: skip
GOODS: Final = (
    # control code, elements, content in %, HS code of China, CN code of the EU, unit
    ("1C905.a", "Dy", (0.8, 6.5), "8505111000", "85051110", "kg"),
    ("1C904.a", "Tb", (0.2, 2.0), "8505111000", "85051110", "kg"),
    ("1C902.a", "Sm", (18.0, 35.0), "8505111000", "85051190", "kg"),
    ("1C905.b", "Dy", (99.0, 99.9), "2846901500", "28469060", "kg"),
    ("1C904.b", "Tb", (99.0, 99.9), "2846901600", "28469060", "kg"),
    ("1C908.b", "Y", (99.0, 99.9), "2846901100", "28469040", "kg"),
    ("1C903.b", "Gd", (99.0, 99.9), "2846901930", "28469050", "kg"),
    ("1C907.a", "Sc", (2.0, 10.0), "3824999922", "38249996", "kg"),
)
SECTORS: Final = (
    ("automotive", 34), ("machinery", 24), ("wind", 14), ("medical", 9), ("electronics", 11),
    ("aerospace_civil", 5), ("research", 3),
)  # fmt: skip
STATES: Final = (
    # what the EU side holds, weight
    ("review", 78), ("submitted", 50), ("accepted", 38), ("provincial", 28), ("supplement", 18),
    ("approved", 16), ("returned", 12), ("expert", 10),
)  # fmt: skip

CHINA: Final = merge(
    [
        parse_release(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in (Path(__file__).parents[1] / "config" / "calendars").glob("cn-*.toml")
    ]
)

Row = dict[str, Any]


def weighted(draw: random.Random, pairs: tuple[tuple[str, int], ...]) -> str:
    """Draw one of these words by their weights."""
    return draw.choices([word for word, _ in pairs], [weight for _, weight in pairs])[0]


def days(count: int) -> str:
    """Write the date that lies so many days before the close of the list."""
    return (CLOSE - timedelta(days=count)).isoformat()


def list_row(draw: random.Random, row: int, number: str) -> Row:
    """Make one line of the weekly list with the EU-only columns beside."""
    company, state = draw.choice(COMPANIES)
    control, elements, (low, high), hs_cn, cn_code, unit = draw.choice(GOODS)
    urgency = "line_stop" if row <= LINE_STOPS else "urgent" if row <= URGENT else "normal"
    status = weighted(draw, STATES)
    times = min(1 + int(draw.expovariate(0.55)), 9)
    asked = {"submitted": "Q_ACCEPTED", "supplement": "Q_MISSING", "returned": "Q_REASON"}
    oxide = control.endswith(".b")
    quantity = draw.choice((25, 50, 100, 200, 350, 500) if oxide else (120, 480, 960, 1850, 4200))
    price = draw.uniform(180, 900) if oxide else draw.uniform(65, 140)
    made: Row = {
        "list_id": LIST,
        "row": row,
        "application_no": number,
        "urgency": urgency,
        "priority_rank": row,
        "first_listed": days(7 * (times - 1)),
        "times_listed": times,
        "stop_on": "",
        "eu_asserted_status": status,
        "eu_as_of": days(draw.randint(1, 9)),
        "question_code": asked.get(status, "Q_STATUS"),
        "case_id": f"SC-2026-{400 + draw.randint(0, 300):04d}-{row:03d}",
        "eu_company": company,
        "eori": f"{state}{draw.randint(10**8, 10**9 - 1):09d}000",
        "member_state": state,
        "is_sme": "true" if draw.random() < SMES else "false",
        "control_code": control,
        "elements": elements,
        "content_pct": f"{draw.uniform(low, high):.1f}",
        "hs_cn": hs_cn,
        "cn_code_eu": cn_code,
        "qty": f"{quantity:.3f}",
        "unit": unit,
        "qty_basis": "contained" if oxide else "gross",
        "value": f"{quantity * price:.2f}",
        "currency": "EUR",
        "end_use_sector": weighted(draw, SECTORS),
        "stock_out_on": days(-draw.randint(3, 15)) if urgency == "line_stop"
        else days(-draw.randint(14, 60)) if urgency == "urgent" else "",
        "jobs_at_risk": draw.randint(40, 900) if urgency == "line_stop" else "",
    }  # fmt: skip
    if urgency == "line_stop":
        made["stop_on"] = made["stock_out_on"]
    made["rank_reason"] = reason(made)
    return made


def reason(row: Row) -> str:
    """Say why a row got its rank: by need alone, never by how large a firm is."""
    if row["urgency"] == "line_stop":
        return f"Line stops on {row['stop_on']}"
    if row["urgency"] == "urgent":
        return f"Stock until {row['stock_out_on']}"
    return f"In order of listing, on {row['times_listed']} lists so far"


def fixed_rows(rows: list[Row]) -> None:
    """Set the rows that the threads are about, so that list and threads tell one story."""
    for row, changes in {
        3: {"eu_asserted_status": "submitted", "question_code": "Q_ACCEPTED"},
        7: {"eu_asserted_status": "supplement", "question_code": "Q_MISSING"},
        8: {"eu_asserted_status": "supplement", "question_code": "Q_MISSING"},
        12: {"eu_asserted_status": "returned", "question_code": "Q_REASON"},
        31: {"eu_asserted_status": "review", "question_code": "Q_STATUS"},
        44: {"eu_asserted_status": "review", "question_code": "Q_STATUS"},
        45: {"eu_asserted_status": "review", "question_code": "Q_STATUS"},
        58: {"eu_asserted_status": "expert", "question_code": "Q_STATUS"},
        77: {"eu_asserted_status": "approved", "question_code": "Q_STATUS"},
        102: {"eu_asserted_status": "submitted", "question_code": "Q_ACCEPTED"},
        118: {"eu_asserted_status": "submitted", "question_code": "Q_ACCEPTED"},
    }.items():
        rows[row - 1].update(changes)


MATCHES: Final = (
    ("found", 226),
    ("not_found", 14),
    ("duplicate", 4),
    ("not_eu", 3),
    ("withheld", 3),
)
REMARKS: Final = {
    "not_found": (
        "typo",
        "未查到该编号，请核对后重新提供。",
        "No application under this number was found; please check it and send it again.",
    ),
    "duplicate": (
        "duplicate",
        "与清单内另一编号为同一申请。",
        "The same application as another number in this list.",
    ),
    "not_eu": (
        "other_destination",
        "该申请目的国（地区）非欧盟成员国。",
        "The destination of this application is outside the European Union.",
    ),
    "withheld": ("law", "依法不便提供。", "Not available for legal reasons."),
}
AGREES: Final = {
    "submitted": ("accepted", "submitted", "provincial", "returned"),
    "provincial": ("accepted", "provincial", "supplement"),
    "accepted": ("review", "accepted", "expert"),
    "review": ("review", "review", "review", "approved", "supplement", "expert", "council"),
    "supplement": ("supplement", "review", "returned"),
    "expert": ("expert", "review"),
    "approved": ("approved", "issued"),
    "returned": ("returned", "submitted"),
}
CLOCK: Final = {
    "accepted": "runs", "review": "runs", "expert": "not_counted", "council": "no_limit",
    "approved": "stopped", "issued": "stopped", "refused": "stopped", "returned": "stopped",
    "customs_query": "stopped",
    "supplement": "not_started", "submitted": "not_started", "provincial": "not_started",
}  # fmt: skip
MISSING: Final = (
    "end_user_certificate", "contract", "technical_description", "test_report",
    "importer_introduction", "translation",
)  # fmt: skip


def return_row(draw: random.Random, listed: Row) -> Row:
    """Make the return sheet's line for one line of the list."""
    exporter, province = draw.choice(EXPORTERS)
    row: Row = dict.fromkeys(RETURN, "")
    row |= {name: listed[name] for name in ("list_id", "row", "application_no")}
    row["match"] = FIXED_MATCH.get(listed["row"]) or weighted(draw, MATCHES)
    if row["match"] != "found":
        row["remark_code"], row["remark_zh"], row["remark_en"] = REMARKS[row["match"]]
        return row
    state = FIXED_STATE.get(listed["row"]) or draw.choice(AGREES[listed["eu_asserted_status"]])
    row |= {
        "cn_status": state,
        "cn_as_of": days(draw.randint(0, 3)),
        "clock_state": CLOCK[state],
        "exporter_zh": exporter,
        "filed_via_province": province,
    }
    if CLOCK[state] in {"runs", "not_counted", "stopped"} and state != "returned":
        used = draw.randint(3, 44)
        row |= {"accepted_on": accepted_on(row["cn_as_of"], used), "days_used": used}
    if state == "supplement":
        items = draw.sample(MISSING, draw.randint(1, 2))
        row["missing_items"] = ";".join(sorted(items))
    if state in {"approved", "issued"}:
        decided = worked(min(days(draw.randint(2, 8)), row["cn_as_of"]))
        if row["accepted_on"] >= decided:
            decided = worked(row["cn_as_of"])
        row |= {"decision": "approved", "decided_on": decided}
    if state == "returned":
        row |= {"remark_code": "resubmit", "remark_zh": "材料不齐，请补正后重新提交。",
                "remark_en": "Papers incomplete; please supplement and submit again."}  # fmt: skip
    return row


ISSUED: Final = (77, 80, 83, 91, 99, 104, 110, 121, 133)
"""Rows whose licences the attachment of a note names."""

FIXED_STATE: Final = dict.fromkeys(ISSUED, "issued") | {
    1: "review", 2: "accepted", 3: "accepted", 7: "supplement", 8: "supplement",
    12: "returned", 31: "review", 44: "review", 45: "customs_query", 58: "expert",
}  # fmt: skip
FIXED_MATCH: Final = dict.fromkeys(FIXED_STATE, "found") | {102: "not_found", 118: "not_found"}


def worked(day: str) -> str:
    """Return a day, or the last working day of the Chinese side before it."""
    on = date.fromisoformat(day)
    while not CHINA.is_working_day(on):
        on -= timedelta(days=1)
    return on.isoformat()


def accepted_on(until: str, used: int) -> str:
    """Return the date after which so many working days of the Chinese side have passed."""
    day = date.fromisoformat(until)
    while used:
        used -= CHINA.is_working_day(day)
        day -= timedelta(days=1)
    return worked(day.isoformat())


def as_csv(columns: tuple[str, ...], rows: list[Row]) -> bytes:
    """Write UTF-8 with a byte order mark, so that Excel reads the Chinese."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(columns: tuple[str, ...], rows: list[Row]) -> bytes:
    """Write a workbook whose codes are text: a number would lose its zeros."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": LIST, "created": datetime(2026, 11, 20, tzinfo=UTC)})
    sheet = book.add_worksheet(LIST)
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True})
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, 1):
        for place, name in enumerate(columns):
            value = row[name]
            if value == "":
                continue
            if isinstance(value, int):
                sheet.write_number(number, place, value)
            else:
                sheet.write_string(number, place, str(value), text)
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    book.close()
    return out.getvalue()


def sample() -> dict[str, bytes]:
    """Make all files, by their path below the folder."""
    draw = random.Random(SEED)  # noqa: S311 - reproducible on purpose
    numbers = [f"FIKTIV-26-{serial:07d}" for serial in draw.sample(range(8000, 16000), ROWS)]
    rows = [list_row(draw, place, number) for place, number in enumerate(numbers, 1)]
    fixed_rows(rows)
    answered = [return_row(draw, row) for row in rows[:ANSWERED]]
    columns = (*SHARED, *EU_ONLY)
    files: dict[str, Callable[[], bytes]] = {
        "list-eu.csv": lambda: as_csv(columns, rows),
        "list-eu.xlsx": lambda: as_xlsx(columns, rows),
        "return-cn.csv": lambda: as_csv(RETURN, answered),
    }
    made = {name: make() for name, make in files.items()}
    return made | {f"files/{name}": data for name, data in attachments(numbers, ISSUED).items()}


def main() -> None:
    """Write the files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("config/sample"))
    folder = options.parse_args().out
    for name, data in sample().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{path}: {len(data)} bytes")


if __name__ == "__main__":
    main()
