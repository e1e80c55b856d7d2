"""Texts with what is found in each; nothing in sound ones. Names and numbers are fictional."""

from __future__ import annotations

from typing import Final

# A valid check digit each, of nobody: the numbers are from the standards' own examples or zeros.
IDENTITY: Final = "11010519491231002X"
IBAN: Final = "DE89 3704 0044 0532 0130 00"

FOUND: Final = [
    # S-093, S-095: half a mark in a sentence, a foreign mark in running text, bare words as a line.
    ("Is that an eu secret in the end?", ["S-093"]),
    ("They wrote Restreint UE on it, we heard.", ["S-093"]),
    ("The annex has NATO SECRET on its first page.", ["S-095"]),
    ("It was diffusion restreinte, we heard.", ["S-095"]),
    ("CONFIDENTIAL\nThe line stops.", ["S-095"]),
    ("(SECRET) The line stops.", ["S-095"]),
    ("** Vertraulich **", ["S-095"]),
    ("Das Papier ist GEHEIM und bleibt hier.", ["S-095"]),
    # S-096: marks for inside.
    ("本件属工作秘密，请勿外传。", ["S-096", "S-096"]),
    ("内部资料\n关于许可的说明", ["S-096"]),
    ("【商业秘密】\n正文", ["S-096"]),
    ("商密★", ["S-096"]),
    ("仅供内部使用", ["S-096"]),
    ("EU INTERNAL", ["S-096"]),
    ("This is for Commission use only.", ["S-096"]),
    ("LIMITE\nDocument", ["S-096"]),
    ("[SENSITIVE] The company asks.", ["S-096"]),
    ("TLP:AMBER", ["S-096"]),
    ("Special handling applies: SPECIAL HANDLING.", ["S-096"]),
    # S-097: personal data.
    (f"身份证号{IDENTITY}。", ["S-097"]),
    ("联系电话13800138000。", ["S-097"]),
    ("+86 138 0013 8000", ["S-097"]),
    ("护照号码：E12345678", ["S-097"]),
    ("Passport no. G87654321", ["S-097"]),
    ("Write to jana.novak@fictional.example.", ["S-097"]),
    ("邮箱jana@fictional.example", ["S-097"]),
    ("Call +32 2 000 00 00.", ["S-097"]),
    (f"Account {IBAN}", ["S-097"]),
    ("born on 12 March 1980", ["S-097"]),
    ("出生日期：1980年3月12日", ["S-097"]),
    ("DoB 12.03.1980", ["S-097"]),
    ("RSSMRA85T10A562S", ["S-097"]),
    ("DNI 12345678Z", ["S-097"]),
    ("131052-308T", ["S-097"]),
    ("811218-9876", ["S-097"]),
    ("85.07.30-033.28", ["S-097"]),
    ("1 85 05 78 006 084 91", ["S-097"]),
    ("PESEL 44051401359", ["S-097"]),
    # S-098: persons.
    ("请王处长阅示。", ["S-098"]),
    ("，李小明先生来电", ["S-098"]),
    ("Ms Novák called.", ["S-098"]),
    ("Herr Müller and Mme Dupont", ["S-098", "S-098"]),
    ("Please ask Dr. Rossi.", ["S-098"]),
    # S-099: companies.
    ("Held by Beispiel GmbH.", ["S-099"]),
    ("Esempio S.p.A. (fictional)", ["S-099"]),
    ("Fictional Motors SAS asks", ["S-099"]),
    ("Fictional Łożyska sp. z o.o.", ["S-099"]),
    ("SIA Piemērs has waited.", ["S-099"]),
    ("Näide OÜ", ["S-099"]),
    ("Пример ЕООД", ["S-099"]),
    ("Παράδειγμα Α.Ε.", ["S-099"]),  # noqa: RUF001 - Greek
    ("请虚构传动有限公司说明。", ["S-099"]),
    ("据宁波虚构材料公司反映", ["S-099"]),
    ("请虚构磁材集团说明", ["S-099"]),
    ("已告赣州虚构分离厂", ["S-099"]),
    ("包头市虚构稀土研究所", ["S-099"]),
    ("Co., Ltd.", ["S-099", "S-099"]),
]

SOUND: Final = [
    "Is the certificate sufficient with two signatures, without a stamp?",
    "Applications FIKTIV-26-0011632 and FIKTIV-26-0012791 wait since 12 March 2026.",
    "申请编号2026-1380013800 和 1380013800012 已受理。",
    "FIKTIV-13800138000 and 13800138000-1 are numbers of applications.",
    "The EU restricted the export of these items last year.",
    "The EU secretariat asks; the information is not confidential.",
    "请勿泄露企业商业秘密。",
    "商业秘密依法受保护；材料供企业内部使用。",
    "The list is limited to sensitive items, and special handling costs more.",
    "贵公司、有关公司及生产厂家均已收悉，请各公司补正。",
    "最终用户和最终用途证明未加盖公司公章。",
    "由欧盟公司的母公司、子公司或同一集团承担。",
    "The company, its group and the plant in Ningbo agree.",
    "两用物项处处长、安全与管制局副局长、经济处处长均已阅。",
    "请司长、项目经理和办公室主任审批；副总经理已阅。",
    "Ms Director-General and Mr President were told.",
    "Write to info@fictional.example or export-control@fictional.example.",
    "Quantity +20 t; HS 8505111000; value 130347.69 EUR; 2846901993 and 3824999922.",
    "L2026-47, row 12, CN-5770 q2, 2026-11-26 16:14, 1C905.a, Regulation (EU) 2021/821.",
    "Annex SE: AG and AB are codes of states; see Art. 5 SA.",
    "In Limited cases the SE form is used.",
    "通知于2026年11月26日送达，材料已于11月20日补正。",
    "稀土公司、磁材公司和欧盟汽车公司均已收悉。",
    "工厂、电厂和研究所均可作为最终用户。",
    "The number 12345678A has a wrong check letter, and 811218-9877 too.",
    "身份证号码格式为18位；111111111111111111 和 110105199913310021 不是有效号码。",
    "",
]
