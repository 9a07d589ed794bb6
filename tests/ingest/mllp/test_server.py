"""The wire: stored, then acknowledged; however a sender behaves."""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.errors import NotDurable
from attending.ingest.mllp.framing import Framer, framed


def message(number, *, commit="", application="", kind="ORU^R01", extra=b""):
    head = f"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||{kind}|M{number}|P|2.5.1|||{commit}|{application}"
    return head.encode() + b"\rPID|1||%d" % number + extra


def said(answer):
    """Give the code, the control id and the text of an answer."""
    fields = answer.split(b"\r")[1].split(b"|")
    return tuple(part.decode() for part in [*fields[1:4], b""][:3])


def test_pipelined_messages_are_all_kept_and_answered_in_order(listening):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(*[message(n) for n in range(500)])
            answers = await sender.answers(500)
            return answers, wire.kept()

    answers, kept = asyncio.run(talk())

    assert [said(one)[:2] for one in answers] == [("AA", f"M{n}") for n in range(500)]
    assert [one.raw for one in kept] == [message(n) for n in range(500)]


def test_chunks_of_one_byte_and_noise_between_frames_change_nothing(listening):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            for byte in b"noise" + framed(message(1)) + b"\r\n" + framed(message(2)):
                sender.writer.write(bytes([byte]))
                await sender.writer.drain()
            answers = await sender.answers(2)
            await sender.hang_up()
            kept = wire.kept()
        return answers, kept, wire.server.counts

    answers, kept, counts = asyncio.run(talk())

    assert [said(one)[1] for one in answers] == ["M1", "M2"]
    assert len(kept) == 2
    assert counts.between == 7


@settings(max_examples=15)
@given(
    lanes=st.lists(st.integers(1, 8), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=10),
)
def test_any_interleaving_of_connections_keeps_each_message_once(lanes, sizes, tmp_path_factory):
    from attending.clock import WallClock
    from attending.ingest.mllp.reception import Door
    from attending.ingest.mllp.server import MllpServer
    from attending.lake.inbox import open_inbox
    from attending.lake.inbox_commit import InboxCommit

    async def lane(port, number, n):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        stream = b"".join(framed(message(number * 100 + k)) for k in range(n))
        at = turn = 0
        while at < len(stream):
            size = sizes[(turn + number) % len(sizes)]
            writer.write(stream[at : at + size])
            at, turn = at + size, turn + 1
            await asyncio.sleep(0)
        framer, found = Framer(), []
        while len(found) < n:
            found += framer.feed(await asyncio.wait_for(reader.read(4096), 20))
        writer.close()
        return [said(frame.raw)[1] for frame in found]

    async def talk(store):
        commit = InboxCommit(open_inbox(store))
        server = MllpServer(commit, Door("lab", "elm"), WallClock())
        port = await server.start("127.0.0.1", 0)
        heard = await asyncio.gather(*(lane(port, i, n) for i, n in enumerate(lanes)))
        await server.stop()
        commit.close()
        return heard

    store = tmp_path_factory.mktemp("wire")
    heard = asyncio.run(talk(store))

    assert heard == [[f"M{i * 100 + k}" for k in range(n)] for i, n in enumerate(lanes)]
    inbox = open_inbox(store)
    assert sorted(one.control for one in inbox.messages("lab")) == sorted(
        name for lane in heard for name in lane
    )
    inbox.close()


def test_nothing_is_acknowledged_that_could_not_be_kept(listening, monkeypatch):
    def full(_inbox, _arrived):
        raise NotDurable("no space")

    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            with monkeypatch.context() as broken:
                broken.setattr("attending.lake.inbox.Inbox.keep", full)
                await sender.send(message(1), message(2, commit="AL", application="NE"))
                refused = await sender.answers(2)
            await sender.send(message(1))
            return refused, await sender.answers(1), wire.kept()

    refused, accepted, kept = asyncio.run(talk())

    assert [said(one)[0] for one in refused] == ["AE", "CE"]
    assert said(accepted[0])[0] == "AA"
    assert [one.control for one in kept] == ["M1"]


def test_the_same_message_again_is_accepted_and_other_bytes_are_parked(listening):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            other = message(1, extra=b"|changed")
            await sender.send(message(1), message(1), other, other)
            return await sender.answers(4), wire.kept()

    answers, kept = asyncio.run(talk())

    assert [said(one)[0] for one in answers] == ["AA", "AA", "AE", "AE"]
    assert "MSH-10 was used before" in said(answers[2])[2]
    assert [one.state for one in kept] == ["accepted", "parked"]


@pytest.mark.parametrize(
    ("raw", "code", "reason"),
    [
        (b"hello", "AR", "no_header"),
        (b"", "AR", "no_header"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01||P|2.5\r", "AR", "no_control_id"),
        (b"MSH|^~\\&|A|B|C|D|2026|||7|P|2.5\r", "AR", "no_message_type"),
        (b"MSH|^^^^|A|B|C|D|2026||ADT^A01|7|P|2.5\r", "AR", "delimiters"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\rPID|\xff\xfe\r", "AE", "charset"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\rPID|a\x00b\r", "AE", "charset"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5||||||KLINGON\r", "AE", "charset_unknown"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\r!!", "AE", "segment_name"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\r" * 2, "AE", "several_messages"),
        (
            b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\r" + b"ZZZ\r" * 20_000,
            "AE",
            "too_many_segments",
        ),
    ],
)
def test_what_cannot_be_read_is_kept_parked_and_answered_with_a_reason(
    listening, raw, code, reason
):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(raw, message(1))
            return await sender.answers(2), wire.kept()

    answers, (parked, accepted) = asyncio.run(talk())

    assert said(answers[0])[0] == code
    assert said(answers[0])[2]
    assert said(answers[1])[0] == "AA"  # the next message is none the worse
    assert (parked.raw, parked.state, parked.reason) == (raw, "parked", reason)
    assert accepted.state == "accepted"


def test_a_declared_character_set_is_read(listening):
    latin = b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5||||||8859/1\rPID|\xe9\r"

    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(latin)
            return await sender.answers(1)

    assert said(asyncio.run(talk())[0])[0] == "AA"


def test_an_answer_is_kept_and_never_answered(listening):
    ack = b"MSH|^~\\&|A|B|C|D|2026||ACK^A01^ACK|9|P|2.5|||AL|AL\rMSA|AA|1\r"

    async def talk():
        async with listening(always=True) as wire:
            sender = await wire.sender()
            await sender.send(ack, message(1))
            return await sender.answers(1), wire.kept(), wire.server.counts

    answers, kept, counts = asyncio.run(talk())

    assert said(answers[0])[1] == "M1"
    assert len(kept) == 2
    assert counts.acknowledgments == 1


def test_enhanced_mode_hears_the_commit_first(listening):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(
                message(1, commit="AL", application="AL"), message(2, commit="NE", application="NE")
            )
            await sender.send(message(3))
            return await sender.answers(3), wire.kept()

    answers, kept = asyncio.run(talk())

    assert [said(one)[:2] for one in answers] == [("CA", "M1"), ("AA", "M1"), ("AA", "M3")]
    assert len(kept) == 3


def held():
    """Give the most memory that this process held, in KiB: getrusage may give its parent's."""
    told = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", told)[1])


def test_a_frame_without_end_is_rejected_in_bounded_memory(listening):
    """A gigabyte is sent that never ends; the sender hears AR and is hung up on."""
    chunk = b"x" * (1 << 20)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the most it held begins anew
    before = held()

    async def talk():
        async with listening(longest=16 << 20) as wire:
            sender = await wire.sender()
            sender.writer.write(b"\x0b" + message(7))
            try:
                for _ in range(1024):
                    sender.writer.write(chunk)
                    await sender.writer.drain()
            except OSError:
                pass  # hung up on while still sending
            answers = await sender.answers(1)
            await sender.hang_up()
            return answers, wire.kept()

    answers, (kept,) = asyncio.run(talk())

    assert [said(one)[:2] for one in answers] == [("AR", "M7")]
    assert (kept.state, kept.reason, len(kept.raw)) == ("parked", "too_long", 4096)
    grown = held() - before
    assert grown < 200 << 10, f"{grown} KiB more"


def test_what_was_taken_is_answered_when_the_server_stops(listening):
    async def talk():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(*[message(n) for n in range(200)])
            first = await sender.answers(1)
            stopping = asyncio.create_task(wire.server.stop())
            rest = await sender.answers(10_000)
            await stopping
            return first + rest, wire.kept()

    answers, kept = asyncio.run(talk())

    assert {said(one)[1] for one in answers} <= {one.control for one in kept}
    assert all(said(one)[0] == "AA" for one in answers)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate for loopback."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wire")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


def test_tls_carries_the_same_and_plain_bytes_get_nowhere(listening, certificate):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    client = ssl.create_default_context(cafile=str(certificate / "cert.pem"))

    async def talk():
        async with listening(tls=server) as wire:
            sender = await wire.sender(ssl=client)
            await sender.send(message(1))
            answers = await sender.answers(1)
            plain = await wire.sender()
            await plain.send(message(2))
            try:
                nothing = await plain.answers(1)
            except OSError:
                nothing = []
            return answers, nothing, wire.kept()

    answers, nothing, kept = asyncio.run(talk())

    assert said(answers[0])[0] == "AA"
    assert nothing == []
    assert [one.control for one in kept] == ["M1"]
