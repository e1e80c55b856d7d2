"""A bundle's `README.txt`: purpose and manual check of an entry, in both languages.

Ends with the words of the charter in force on the effect of dates and silence; the rest is the
same text in every bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

README: Final = """\
WHAT THIS IS

An export from the record that two parties keep of their notes: a BagIt 1.0 bag.
data/logs/<party>/leaves.txt holds every line of a party's log; data/logs/<party>/checkpoint
its signed tree head, cosigned by the other side. data/entries/<id>.json are the signed
entries in scope, data/parts/<id>.json their contents, data/files/<sha256> attachments.
data/export.json says who asked for it, on what basis, and what is left out and why.
data/view and data/tables are for reading only: made from the entries, not evidence. The
verifier makes them again and compares; --derive writes fresh ones.

Check the whole of it, offline, with a trust file that you hold from elsewhere:

    special-channel verify THIS.zip --trust trust.json

CHECK ONE ENTRY BY HAND

1  The files are as listed:          sha256sum -c manifest-sha256.txt
2  The log names the entry:          grep <id> data/logs/eu/leaves.txt
   Its last word is the SHA-256 of the envelope: sha256sum data/entries/<id>.json
3  The id is the SHA-256 of what was signed. In the envelope, "payload" is base64. The
   signed bytes are, with single spaces:
       DSSEv1 <length of type> <type> <length of payload> <payload>
4  The signature: write those bytes to a file, the key (from the entry that enrolled it)
   and the signature to others, and use openssl pkeyutl -verify -rawin.
5  A part: SHA-256 of "special-channel/part/v1", a newline, and the disclosure's bytes is
   the "c" that the payload states.
6  The root: RFC 6962 over the lines of leaves.txt, without their newlines. It stands in
   the third line of the checkpoint, in base64.

A second verifier can be written from docs/formats of the project's source alone.


这是什么

本包是双方往来记录的导出件，采用 BagIt 1.0 格式。
data/logs/<方>/leaves.txt 是该方日志的全部行；data/logs/<方>/checkpoint 是经签名的校验点，
并有另一方节点的签名。data/entries/<id>.json 是范围内经签名的条目，data/parts/<id>.json
是其内容，data/files/<sha256> 是附件。data/export.json 说明由谁提出、依据何在、
哪些内容未列入及其原因。data/view 和 data/tables 仅供阅读，由条目推算得出，不是证据；
核验程序会重新推算并比对，--derive 可另行生成。

离线核验全部内容（信任文件须由您从别处取得）：

    special-channel --lang zh-CN verify THIS.zip --trust trust.json

手工核验一个条目

1  文件与清单一致：                sha256sum -c manifest-sha256.txt
2  日志载有该条目：                grep <id> data/logs/eu/leaves.txt
   该行最后一项是信封的 SHA-256：  sha256sum data/entries/<id>.json
3  id 是签名内容的 SHA-256。信封中的 "payload" 为 base64。签名内容如下，各项以一个空格隔开：
       DSSEv1 <类型长度> <类型> <内容长度> <内容>
4  签名：将上述内容、公钥（见登记该公钥的条目）和签名分别存为文件，
   用 openssl pkeyutl -verify -rawin 核验。
5  内容片段："special-channel/part/v1"、一个换行符与披露内容相连，其 SHA-256
   即条目所载的 "c"。
6  根值：按 RFC 6962 对 leaves.txt 各行（不含换行符）计算，即校验点第三行（base64）。
"""


_DAMAGED: Final = """

DAMAGED

{en}


已损坏的条目

{zh}
"""

_EFFECT: Final = """

EFFECT, IN THE WORDS OF THE CHARTER IN FORCE

{en}


效力（现行章程原文）

{zh}
"""


def readme(effect: Mapping[str, str], notice: tuple[str, str] | None = None) -> bytes:
    """Encode the text.

    Args:
        effect: The charter's words by language; empty without a charter in force.
        notice: The notice about damaged entries, in both languages.
    """
    damaged = _DAMAGED.format(en=notice[0], zh=notice[1]) if notice else ""
    words = _EFFECT.format(en=effect["en"], zh=effect["zh"]) if effect else ""
    return (README + damaged + words).encode()
