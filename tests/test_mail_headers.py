"""Three thousand subjects and names of any characters: each comes back as it went in, and stays one header."""

from __future__ import annotations

import random
import re
import sys
from email import policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from sending_kit import SEND, settings

from aggregator import mail
from aggregator.config import Recipient
from aggregator.issue_model import Rendered
from aggregator.neutral import line

#: Letters of many scripts, marks, emoji, what headers are made of, and what must not get into them.
ALPHABETS = (
    "abcdefghij KLMNOP 0123456789",
    "äöüßéèñçøåŽğı",
    "абвгдеж ΑΒΓδε",
    "漢字仮名交じり文 한국어",
    "שלום مرحبا",
    "नमस्ते สวัสดี",
    "👩‍👩‍👧🇬🇧🙂✈️",
    'a"b\\c<d>e,f;g:h@i(j)k[l]=?utf-8?q?x?=_.',
    "a\u0301\u0323\u0308 ",
    "\r\n\t\x00\x0b\x85\u2028\u202e\u200b\u2066\ufeff\U000e0041 x",
)


NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]


def text(chance: random.Random) -> str:
    """Words of one script, of several, or characters from all of Unicode."""
    kind, length = chance.random(), chance.randint(1, 90)
    if kind < 0.5:
        alphabet = chance.choice(ALPHABETS)
    elif kind < 0.8:
        alphabet = "".join(chance.sample(ALPHABETS, 3))
    else:
        return "".join(chr(chance.randrange(sys.maxunicode + 1)) for _ in range(length))
    return "".join(chance.choice(alphabet) for _ in range(length))


def head_of(subject: str, name: str) -> bytes:
    """The headers of a mail with that subject to somebody of that name."""
    reader = Recipient(address="ada@paths.example", name=name, format="text")
    body = mail.build(Rendered(subject=subject, html="x", text="x"), reader, settings(), issue="2026-W46", date=SEND)
    return body.split(b"\r\n\r\n")[0]


def read(head: bytes, name: str) -> Any:
    """A header as the library's parser reads it."""
    value = next(part for part in unfolded(head) if part.startswith(f"{name}: "))
    return policy.default.header_factory(name, value.removeprefix(f"{name}: "))


def shown(head: bytes) -> str:
    """The name in To as RFC 2047 wants it read; the library's newer parser leaves blanks between encoded words."""
    value = next(part for part in unfolded(head) if part.startswith("To: "))[4:]
    name, _ = parseaddr(value)
    return name if value.startswith('"') else str(make_header(decode_header(name)))


def unfolded(head: bytes) -> list[str]:
    return head.decode("ascii").replace("\r\n ", " ").split("\r\n")


@pytest.mark.parametrize("seed", range(6))
def test_subjects_and_names_round_trip(seed: int) -> None:
    """Subject and name come back whole, there is one recipient, and no header more than there were."""
    chance = random.Random(seed)
    for _ in range(500):
        subject, name = text(chance), text(chance)
        head = head_of(subject, name)
        assert str(read(head, "Subject")) == line(subject), (subject, head)
        (address,) = read(head, "To").addresses
        assert address.addr_spec == "ada@paths.example", head
        assert shown(head) == line(name).strip(), (name, head)
        assert [part.split(":")[0] for part in unfolded(head)] == NAMES
        assert max(map(len, head.split(b"\r\n"))) <= 78
        assert max((len(word) for word in re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", head)), default=0) <= 75
