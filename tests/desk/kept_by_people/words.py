"""Words of the messy workbooks: headings, terms, names of months, people's own cells.

`WORDS` holds the words that docs/formats/kinds.md names. It names none for `question`, `clock`,
`missing`, `decision` and `remark`: their columns stand empty until somebody adds codes here.
"""

from __future__ import annotations

_LANGS = ("en", "de", "fr", "it", "es", "pl", "nl", "sv", "cs", "zh", "zht")


def _terms(line: str) -> dict[str, str]:
    return dict(zip(_LANGS, line.split("|"), strict=True))


WORDS: dict[str, dict[str, dict[str, str]]] = {
    "urgency": {
        "normal": _terms(
            "normal|normal|normal|normale|normal|normalna|normaal|normal|normální|普通|普通"
        ),
        "urgent": _terms(
            "urgent|dringend|urgent|urgente|urgente|pilna|dringend|brådskande|naléhavá|紧急|緊急"
        ),
        "line_stop": _terms(
            "line stop|Bandstillstand|arrêt de ligne|fermo linea|parada de línea|zatrzymanie linii"
            "|lijnstilstand|linjestopp|zastavení linky|停线|停線"
        ),
    },
    # Other languages than English and Chinese write the code.
    "state": {
        "review": {"en": "under review", "zh": "审查中", "zht": "審查中"},
        "refused": {"en": "refused", "zh": "不予许可", "zht": "不予許可"},
    },
    "match": {
        "found": {"en": "found", "zh": "已查到", "zht": "已查到"},
        "not_found": {"en": "not found", "zh": "未查到", "zht": "未查到"},
        "duplicate": {"en": "duplicate", "zh": "重复", "zht": "重複"},
        "not_eu": {"en": "not EU", "zh": "非欧盟", "zht": "非歐盟"},
        "withheld": {"en": "withheld"},
        "not_ours": {"en": "not ours"},
    },
    "question": {},
    "clock": {},
    "missing": {},
    "decision": {},
    "remark": {},
}

_FIELDS = (
    "number",
    "urgency",
    "rank",
    "stop_on",
    "first_listed",
    "times_listed",
    "state",
    "as_of",
    "question",
    "control_code",
)


def _heads(text: str) -> dict[str, tuple[str, ...]]:
    lines = [tuple(line.strip().split("|")) for line in text.strip().splitlines()]
    return dict(zip(_FIELDS, lines, strict=True))


HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": _heads("""
        Application number|Appl. no.|MOFCOM application no.
        Urgency|Urg.|Urgency level
        Rank|Rk|Priority rank
        Line stop on|Stop date|Date of line stop
        First listed|1st listed|First listed on
        Times listed|x listed|No. of times listed
        State|Status|State of application
        As of|as of|State as of
        Question
        Control code|Contr. code|Export control code
    """),
    "de": _heads("""
        Antragsnummer|Antrags-Nr.|Antragsnr. (MOFCOM)
        Dringlichkeit|Dringl.
        Rang|Rangfolge
        Bandstillstand am|Datum Bandstillstand
        Erstmals gelistet|Erstmals gelistet am
        Anzahl Listungen|Wie oft gelistet
        Status|Verfahrensstatus
        Status per|Stand vom
        Frage
        Kontrollnummer|Güterlistennummer
    """),
    "fr": _heads("""
        Numéro de demande|N° de demande
        Urgence|Degré d'urgence
        Rang|Rang de priorité
        Arrêt de ligne le|Date d'arrêt de la ligne
        Première inscription|Inscrit pour la première fois le
        Nombre d'inscriptions|Nb d'inscriptions
        État|Statut
        Situation au|État au
        Question
        Code de contrôle
    """),
    "it": _heads("""
        Numero della domanda|N. domanda
        Urgenza|Grado di urgenza
        Rango|Ordine di priorità
        Fermo linea il|Data del fermo linea
        Prima iscrizione in elenco|In elenco dal
        Numero di iscrizioni|Volte in elenco
        Stato|Stato della domanda
        Stato al|Situazione al
        Domanda aperta
        Codice di controllo
    """),
    "es": _heads("""
        Número de solicitud|N.º de solicitud
        Urgencia|Grado de urgencia
        Orden de prioridad|Rango
        Parada de línea el|Fecha de parada de línea
        Primera inclusión en la lista|En lista desde
        Veces en lista|N.º de veces en lista
        Estado|Estado de la solicitud
        Estado a fecha de|Situación a
        Pregunta
        Código de control
    """),
    "pl": _heads("""
        Numer wniosku|Nr wniosku
        Pilność|Stopień pilności
        Ranga|Kolejność
        Zatrzymanie linii dnia|Data zatrzymania linii
        Pierwszy raz na liście|Na liście od
        Ile razy na liście|Liczba wpisów na listę
        Stan|Status wniosku
        Stan na dzień|Status na dzień
        Pytanie
        Kod kontrolny
    """),
    "nl": _heads("""
        Aanvraagnummer|Aanvraagnr.
        Urgentie|Urgentiegraad
        Rang|Rangorde
        Lijnstilstand op|Datum lijnstilstand
        Voor het eerst op de lijst|Eerste vermelding
        Aantal vermeldingen|Aantal keer op de lijst
        Status|Status aanvraag
        Status per|Stand per
        Vraag
        Controlecode
    """),
    "sv": _heads("""
        Ansökningsnummer|Ansökn.nr
        Angelägenhetsgrad|Brådskegrad
        Rang|Rangordning
        Linjestopp den|Datum för linjestopp
        Första gången på listan|Först listad
        Antal gånger på listan|Antal listningar
        Status|Ansökans status
        Status per|Läge den
        Fråga
        Kontrollkod
    """),
    "cs": _heads("""
        Číslo žádosti|Č. žádosti
        Naléhavost|Stupeň naléhavosti
        Pořadí|Pořadí důležitosti
        Zastavení linky dne|Datum zastavení linky
        Poprvé na seznamu|Na seznamu od
        Kolikrát na seznamu|Počet zařazení na seznam
        Stav|Stav žádosti
        Stav ke dni|Stav k
        Otázka
        Kontrolní kód
    """),
    "zh": _heads("""
        申请编号|申请号|许可申请编号
        紧急程度|缓急程度
        排序|优先顺序
        停线日期|停线日
        首次列入日期|首次列入名单日期
        列入次数|累计列入次数
        状态|办理状态
        状态日期|状态截至日期
        问题
        管制编码|管制编号
    """),
    "zht": _heads("""
        申請編號|申請號
        緊急程度|緩急程度
        排序|優先順序
        停線日期|停線日
        首次列入日期|首次列入名單日期
        列入次數|累計列入次數
        狀態|辦理狀態
        狀態日期|狀態截至日期
        問題
        管制編碼|管制編號
    """),
}

_ANSWER = [
    "row",
    "match",
    "accepted_on",
    "clock",
    "days_used",
    "missing",
    "decision",
    "decided_on",
    "remark",
]
_ANSWER_HEADS = {
    "en": "Row,List row|Match|Accepted on,Acceptance date|Clock|Days used,Working days used"
    "|Missing|Decision|Decided on,Date of decision|Remark",
    "de": "Zeile der Liste|Treffer,Abgleich|Angenommen am|Frist|Verbrauchte Arbeitstage"
    "|Fehlende Unterlagen|Entscheidung|Entschieden am|Bemerkung",
    "zh": "行号,名单行号|查询结果,匹配结果|受理日期,受理日|计时|已用天数,已用工作日|缺少材料"
    "|决定|决定日期,作出决定日期|备注",
    "zht": "行號,名單行號|查詢結果,比對結果|受理日期|計時|已用天數|缺少材料|決定|決定日期|備註",
}
for _lang, _line in _ANSWER_HEADS.items():
    for _field, _forms in zip(_ANSWER, _line.split("|"), strict=True):
        HEADS[_lang][_field] = tuple(_forms.split(","))

OWN_HEADS: dict[str, dict[str, str]] = {
    lang: dict(
        zip(("company", "file", "contact", "phone", "tonnage"), line.split("|"), strict=True)
    )
    for lang, line in {
        "en": "Company|Our file no.|Contact|Phone|Tonnage (t)",
        "de": "Firma|Unser Aktenzeichen|Ansprechpartner|Telefon|Menge (t)",
        "fr": "Société|Notre réf. dossier|Interlocuteur|Tél.|Tonnage (t)",
        "it": "Società|Nostra pratica n.|Referente|Telefono|Tonnellaggio (t)",
        "es": "Empresa|Nuestro expediente|Persona de contacto|Teléfono|Toneladas",
        "pl": "Firma|Nasza sygnatura|Osoba kontaktowa|Telefon|Tonaż (t)",
        "nl": "Bedrijf|Ons dossiernr.|Contactpersoon|Telefoon|Tonnage (t)",
        "sv": "Företag|Vårt diarienr|Kontaktperson|Telefon|Ton",
        "cs": "Firma|Naše sp. zn.|Kontaktní osoba|Telefon|Tonáž (t)",
        "zh": "企业名称|本处档案号|联系人|电话|吨数",
        "zht": "企業名稱|本處檔案號|聯絡人|電話|噸數",
    }.items()
}

_PEOPLE = ("A. Fictional", "B. Fictional", "C. Fictional")
OWN: dict[str, dict[str, tuple[str | int | float, ...]]] = {
    "company": {
        "en": ("Fictional Magnets Ltd", "Fictional Motors plc", "Fictional Optics, Inc."),
        "de": ("Fictional Magnetwerke Süd GmbH", "Fictional Förderöfen AG", "Fictional Größe KG"),
        "fr": ("Fictional Aimants d'Été SARL", "Fictional Électro-Forêt SA", "Fictional Réa SAS"),
        "it": ("Fictional Città Magneti S.r.l.", "Fictional Perché S.p.A.", "Fictional Moto Srl"),
        "es": ("Fictional Imanes Peña S.L.", "Fictional Montaña S.A.", "Fictional Señal S.A."),
        "pl": ("Fictional Łódź Silniki Sp. z o.o.", "Fictional Żuraw S.A.", "Fictional Ćma S.A."),
        "nl": ("Fictional Magneten Zuid B.V.", "Fictional Coöperatie U.A.", "Fictional Ruiter NV"),
        "sv": ("Fictional Åmotor AB", "Fictional Östmagnet AB", "Fictional Älvkraft AB"),
        "cs": ("Fictional Žižkov Magnety s.r.o.", "Fictional Řeka a.s.", "Fictional Šíp s.r.o."),
        "zh": ("虚构永磁有限公司", "虚构电机（宁波）有限公司", "虚构光学股份有限公司"),
        "zht": ("虚构永磁有限公司", "虚构電機有限公司", "虚构光學股份有限公司"),
    },
    "file": {"en": ("RE/26/014", "RE/26/015", "RE/26/077"), "zh": ("欧稀〔2026〕14号",)},
    "contact": {"en": _PEOPLE, "zh": ("虚构甲", "虚构乙"), "zht": ("虚构甲", "虚构乙")},
    "phone": {"en": ("+49 000 0001", "+49 000 0002", "ext. 17"), "zh": ("000-0000001",)},
    "tonnage": {
        "en": (1.25, 12, 0.4, 3.75),
        "de": ("1,25", "12", "0,4"),
        "fr": ("1,25", "1 200,5", "0,4"),
    },
}

MONTHS: dict[str, dict[int, str]] = {
    lang: dict(enumerate(line.split(), 1))
    for lang, line in {
        "EN3": "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
        "en": "January February March April May June July August September October November"
        " December",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre"
        " décembre",
        "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre"
        " novembre dicembre",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
        " diciembre",
        "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
        " listopada grudnia",
        "nl": "januari februari maart april mei juni juli augustus september oktober november"
        " december",
        "sv": "januari februari mars april maj juni juli augusti september oktober november"
        " december",
        "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    }.items()
}
