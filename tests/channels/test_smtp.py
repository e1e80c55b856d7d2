"""Letters against real mail servers on loopback, good and bad ones."""

import asyncio
import email
import email.policy
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from special_channel.channels.smtp import SmtpMail, SmtpServer, is_this_machine, message_of
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.ports import Letter

LETTER = Letter(
    id="ab" * 32,
    to="zhang.wei@cn.example",
    subject="中欧出口许可沟通平台：EU-877 Q1 提醒",
    text="EU-877 Q1期限已到，尚未收到答复。\n",
    html="<p>EU-877 Q1期限已到，尚未收到答复。</p>\n",
    lang="zh-CN",
    at=datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    in_reply_to="cd" * 32,
)


def server_at(port, **more):
    facts = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "node@eu.example",
        "domain": "eu.example",
        "timeout_seconds": 5.0,
    }
    return SmtpServer(**(facts | more))


class Inbox:
    """An aiosmtpd handler: stores messages, responds as configured."""

    def __init__(self, **answers):
        self.answers = answers
        self.taken = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if "rcpt" in self.answers:
            return self.answers["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, _server, _session, envelope, address, _options):  # noqa: N802
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        self.taken.append(envelope)
        return "250 taken as 7"

    async def handle_QUIT(self, *_):  # noqa: N802
        return self.answers.get("quit", "221 Bye")


@asynccontextmanager
async def mail_server(inbox, *, implicit_tls=None, **options):
    connections = []

    def connection():
        connections.append(SMTP(inbox, hostname="mail.test", **options))
        return connections[-1]

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(connection, "127.0.0.1", 0, ssl=implicit_tls)
    async with listening:
        yield listening.sockets[0].getsockname()[1]
    for each in connections:
        if each._handler_coroutine:
            await asyncio.wait([each._handler_coroutine])
            each._writer.close()


@asynccontextmanager
async def serving(talk):
    """A server written for the test; its conversations end before the server."""
    conversations = []

    def connected(reader, writer):
        conversations.append(asyncio.ensure_future(talk(reader, writer)))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
    await asyncio.gather(*conversations)


@asynccontextmanager
async def scripted_server(*replies):
    """A server that answers each command with a line, and then closes the connection."""

    async def talk(reader, writer):
        with suppress(ConnectionError):
            for reply in replies:
                writer.write((reply if isinstance(reply, bytes) else reply.encode()) + b"\r\n")
                if not await reader.readline():
                    break
        writer.close()

    async with serving(talk) as port:
        yield port


def read(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


async def test_a_letter_arrives_in_both_forms_with_its_language_and_thread():
    inbox = Inbox()
    async with mail_server(inbox) as port:
        delivered = await SmtpMail(server_at(port)).send(LETTER)
    (envelope,) = inbox.taken
    message = read(envelope)
    assert envelope.mail_from == "node@eu.example"
    assert envelope.rcpt_tos == [LETTER.to]
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == delivered.message_id == f"<{'ab' * 16}@eu.example>"
    assert message["In-Reply-To"] == message["References"] == f"<{'cd' * 16}@eu.example>"
    assert message["Content-Language"] == "zh-CN"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == LETTER.at
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == LETTER.text
    assert message.get_body(("html",)).get_content().replace("\r\n", "\n") == LETTER.html
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    assert delivered.provider == "taken as 7"


@pytest.mark.parametrize(
    ("lang", "name"), [("en", "Special Channel"), ("zh-CN", "中欧出口许可沟通平台")]
)
def test_sender_has_the_products_name_in_the_readers_language(lang, name):
    message = email.message_from_bytes(
        message_of(replace(LETTER, lang=lang), server_at(25)), policy=email.policy.default
    )
    assert str(message["From"]) == f"{name} <node@eu.example>"


async def test_a_repeat_is_the_same_bytes_under_the_same_id():
    inbox = Inbox()
    async with mail_server(inbox) as port:
        mail = SmtpMail(server_at(port))
        await mail.send(LETTER)
        await mail.send(LETTER)
    first, again = inbox.taken
    assert first.content == again.content


@pytest.mark.parametrize(
    "answers",
    [
        {"rcpt": "450 greylisted, come back"},
        {"mail": "451 busy"},
        {"data": "452 disk full"},
        # Ours to repair, not the letter's fault.
        {"mail": "553 sender not known here"},
    ],
)
async def test_what_may_pass_is_tried_again(answers):
    async with mail_server(Inbox(**answers)) as port:
        with pytest.raises(Unavailable) as later:
            await SmtpMail(server_at(port)).send(LETTER)
    assert later.value.code == "mail-temporary"


@pytest.mark.parametrize(
    "answers", [{"rcpt": "550 no such mailbox"}, {"data": "554 refused by policy"}]
)
async def test_what_will_never_pass_takes_another_way(answers):
    inbox = Inbox(**answers)
    async with mail_server(inbox) as port:
        with pytest.raises(NotAllowed) as never:
            await SmtpMail(server_at(port)).send(LETTER)
    assert never.value.code == "mail-refused"
    assert never.value.facts["reply"] in {550, 554}


@pytest.mark.parametrize("farewell", ["554 go away", "421 closing"])
async def test_what_was_taken_stays_taken_whatever_follows(farewell):
    inbox = Inbox(quit=farewell)
    async with mail_server(inbox) as port:
        await SmtpMail(server_at(port)).send(LETTER)
    assert len(inbox.taken) == 1


@pytest.mark.parametrize(
    "replies",
    [
        # Dies at each point of the conversation.
        (),
        ("220 mail.test",),
        ("220 mail.test", "250 mail.test"),
        ("220 mail.test", "250 mail.test", "250 OK"),
        ("220 mail.test", "250 mail.test", "250 OK", "250 OK", "354 go ahead"),
        # Not now.
        ("421 too busy",),
        ("554 no service here",),
        # Talks nonsense.
        ("SSH-2.0-OpenSSH",),
    ],
)
async def test_a_server_that_dies_or_talks_nonsense_is_tried_again(replies):
    async with scripted_server(*replies) as port:
        with pytest.raises(Unavailable) as later:
            await SmtpMail(server_at(port)).send(LETTER)
    assert later.value.code == "mail-temporary"


@pytest.mark.parametrize(
    "nonsense",
    [b"\xff\xfe", b"250 \x00", b"\x00" * 9000, b"99999999999 x", b"-1", "二五〇".encode(), b"250"],
)
@pytest.mark.parametrize("after", range(6))
async def test_any_bytes_of_a_server_are_no_fault_of_ours(nonsense, after):
    polite = ("220 mail.test", "250 mail.test", "250 OK", "250 OK", "354 go ahead", "250 OK")
    async with scripted_server(*polite[:after], nonsense) as port:
        [ended] = await asyncio.gather(
            SmtpMail(server_at(port)).send(LETTER), return_exceptions=True
        )
    assert getattr(ended, "code", "") == "mail-temporary" or ended.provider.isprintable()


@pytest.mark.parametrize("said", [b"250 taken \xff\xfe as 7", b"250 taken \x00 as 7"])
async def test_a_receipt_of_any_bytes_is_kept_as_one_line(said):
    polite = ("220 mail.test", "250 mail.test", "250 OK", "250 OK", "354 go ahead")

    async def talk(reader, writer):
        for reply in polite:
            writer.write(reply.encode() + b"\r\n")
            await reader.readline()
        while (await reader.readline()) != b".\r\n":
            pass
        writer.write(said + b"\r\n")
        await reader.readline()
        writer.close()

    async with serving(talk) as port:
        delivered = await SmtpMail(server_at(port)).send(LETTER)
    assert delivered.provider == "taken as 7"


async def test_nobody_listening_is_tried_again():
    async with mail_server(Inbox()) as port:
        pass
    with pytest.raises(Unavailable) as later:
        await SmtpMail(server_at(port)).send(LETTER)
    assert later.value.code == "mail-temporary"


async def test_a_silent_server_ends_with_the_timeout():
    async with scripted_server() as port, _silent() as silent:
        for at in (port, silent):
            with pytest.raises(Unavailable) as later:
                await SmtpMail(server_at(at, timeout_seconds=0.05)).send(LETTER)
            assert later.value.code == "mail-temporary"


@asynccontextmanager
async def _silent():
    hold = asyncio.Event()

    async def talk(_, writer):
        await hold.wait()
        writer.close()

    async with serving(talk) as port:
        yield port
        hold.set()


# Encryption ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return _self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def _self_signed(folder, address):
    import ipaddress
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


async def test_starttls_comes_before_anything_that_matters(server_tls, certificate):
    inbox = Inbox()
    options = {"tls_context": server_tls, "require_starttls": True}
    async with mail_server(inbox, **options) as port:
        secured = server_at(port, security="starttls", ca_file=str(certificate[0]))
        await SmtpMail(secured).send(LETTER)
    assert len(inbox.taken) == 1


async def test_tls_from_the_first_byte(server_tls, certificate):
    inbox = Inbox()
    async with mail_server(inbox, implicit_tls=server_tls) as port:
        secured = server_at(port, security="implicit", ca_file=str(certificate[0]))
        await SmtpMail(secured).send(LETTER)
    assert len(inbox.taken) == 1


async def test_an_offer_of_tls_that_was_taken_out_sends_nothing():
    inbox = Inbox()
    async with mail_server(inbox) as port:
        with pytest.raises(Unavailable) as stripped:
            await SmtpMail(server_at(port, security="starttls")).send(LETTER)
    assert stripped.value.code == "mail-not-encrypted"
    assert inbox.taken == []


async def test_a_certificate_by_nobody_we_trust_sends_nothing(server_tls):
    inbox = Inbox()
    async with mail_server(inbox, tls_context=server_tls) as port:
        with pytest.raises(Unavailable) as later:
            await SmtpMail(server_at(port, security="starttls")).send(LETTER)
    assert later.value.code == "mail-temporary"
    assert inbox.taken == []


async def test_a_password_is_said_only_inside_tls_and_a_wrong_one_gives_up_no_letter(
    server_tls, certificate
):
    def authenticator(server, session, envelope, mechanism, credentials):
        return AuthResult(success=credentials.password == b"right", handled=False)

    inbox = Inbox()
    options = {"tls_context": server_tls, "authenticator": authenticator, "auth_required": True}
    async with mail_server(inbox, **options) as port:
        facts = {"security": "starttls", "ca_file": str(certificate[0]), "username": "node"}
        await SmtpMail(server_at(port, password="right", **facts)).send(LETTER)
        with pytest.raises(Unavailable) as later:
            await SmtpMail(server_at(port, password="wrong", **facts)).send(LETTER)
    assert later.value.code == "mail-temporary"
    assert len(inbox.taken) == 1


def test_plain_text_to_another_machine_is_refused_at_start():
    for host in ("mail.eu.example", "192.0.2.1", "localhost.eu.example"):
        with pytest.raises(NotAllowed) as refusal:
            SmtpMail(server_at(25, host=host))
        assert refusal.value.code == "mail-not-encrypted"
    for host in ("localhost", "127.0.0.9", "::1"):
        assert is_this_machine(host)


def test_the_password_is_not_shown():
    assert "secret" not in repr(server_at(25, password="secret"))


# What could be smuggled in ------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"to": "a@b.example\r\nBcc: everyone@c.example"},
        {"to": "a@b.example, c@d.example"},
        {"to": "Zhang <a@b.example>"},
        {"to": "nobody"},
        {"subject": "one\r\nBcc: everyone@c.example"},
        {"lang": "en\nX: y"},
        {"id": "a>\r\nBcc: x@y.example"},
    ],
)
async def test_a_second_header_line_or_recipient_is_refused(change):
    from dataclasses import replace

    inbox = Inbox()
    async with mail_server(inbox) as port:
        with pytest.raises(NotAllowed) as refusal:
            await SmtpMail(server_at(port)).send(replace(LETTER, **change))
    assert refusal.value.code == "mail-refused"
    assert inbox.taken == []


async def test_a_line_of_one_dot_does_not_end_the_letter():
    from dataclasses import replace

    inbox = Inbox()
    dotted = replace(LETTER, text="one\n.\nMAIL FROM:<x@y.example>\n.two\n")
    async with mail_server(inbox) as port:
        await SmtpMail(server_at(port)).send(dotted)
    (envelope,) = inbox.taken
    body = read(envelope).get_body(("plain",)).get_content()
    assert body.replace("\r\n", "\n") == dotted.text


def test_the_first_letter_of_a_thread_answers_nothing():
    from dataclasses import replace

    for first in (None, LETTER.id):
        message = message_of(replace(LETTER, in_reply_to=first), server_at(25))
        assert b"In-Reply-To" not in message


# Bounces ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounces_to", "path"),
    [(None, "node@eu.example"), ("postmaster@eu.example", "postmaster@eu.example"), ("", "<>")],
)
async def test_bounces_go_where_the_operator_says_or_are_not_made_at_all(bounces_to, path):
    inbox = Inbox()
    async with mail_server(inbox) as port:
        await SmtpMail(server_at(port, bounces_to=bounces_to)).send(LETTER)
    (envelope,) = inbox.taken
    assert envelope.mail_from == path
    assert read(envelope)["From"].addresses[0].addr_spec == "node@eu.example"
    assert read(envelope)["Auto-Submitted"] == "auto-generated"


async def test_nothing_is_sent_to_the_address_that_its_bounce_would_come_from():
    from dataclasses import replace

    inbox = Inbox()
    async with mail_server(inbox) as port:
        with pytest.raises(NotAllowed) as refusal:
            await SmtpMail(server_at(port)).send(replace(LETTER, to="Node@EU.example"))
    assert refusal.value.code == "mail-refused"
    assert inbox.taken == []


async def test_a_look_whether_the_server_is_there_sends_nothing():
    inbox = Inbox()
    async with mail_server(inbox) as port:
        await SmtpMail(server_at(port)).reach()
        with pytest.raises(Unavailable) as stripped:
            await SmtpMail(server_at(port, security="starttls")).reach()
    assert stripped.value.code == "mail-not-encrypted"
    assert inbox.taken == []
    with pytest.raises(Unavailable) as away:
        await SmtpMail(server_at(port)).reach()
    assert away.value.code == "mail-temporary"
