"""Documents as accidents make them: samples that are cut, doubled, overwritten, shuffled, or in two encodings at once.

All chance comes from one number, so that a failure names the document that caused it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import bluesky_forms as forms
from conftest import CASES, DATA
from make import ARTICLE, PAPER, scrape

#: What breaks readers: syntax of every format, numbers at their edges, characters that hide or end things.
BITS = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        "\0", "\ud800", "\ufeff", "\u202e", "\u200b", "\u2028", "\x85", "é", "â€™", "Ã©", "ðŸ", "?", "&amp;amp;", "&#0;",
        "&#xd800;", "&#99999999;", "<", "</", "<!--", "<![CDATA[", "]]>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<script>",
        "<p>", "</p>", "<table>", "<svg>", "<template>", "{", "}", "[", "]", '"', "\\u", "\\ud83d", "null", "1e999", "-1",
        "99999999999999999999", "1/3", "3/1", "0/0", "(2/", "99999999/99999999", "🧵", "…", "31.02.2026 25:61", "00:00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "👍 99999999999999999999", "🔁", "—", "\t", "\r", "\r\n",
        "\n\n\n", "at://", "https://", "http://[::1", "http://a:b@c", "%00", "%ff", "By ", "What is the context?",
        "Why are we saying this?", "position:", "• ", "1. ", "| ", "---", "# ",
    )
)  # fmt: skip
MAIL = (
    b"""From: Ida Brook <ida@parks.example>
To: press@parks.example
Subject: =?utf-8?q?Benches_vanish_=E2=80=93_again?=
Date: Mon, 9 Nov 2026 08:30:00 +0000
Message-ID: <1@parks.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

"""
    + ARTICLE.encode()
    + b"""
--b1
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><body><p>Benches vanish =E2=80=93 again</p></body></html>
--b1--
"""
)
_CODECS = ("utf-8", "utf-16", "utf-16-le", "cp1252", "latin-1", "mac-roman", "cp437", "shift-jis")


@cache
def samples() -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of documents of every kind, small ones, so that thousands can be read."""
    files = [path for folder in (DATA / "sample", CASES / "bluesky", CASES / "papers") for path in folder.iterdir()]
    kinds = {".txt", ".html", ".rss", ".json", ".jsonl", ".csv", ".md"}
    found = [(path.name, path.read_bytes()) for path in sorted(files) if path.suffix in kinds]
    made = {
        "export.car": forms.repo(forms.account()).file(),
        "news.eml": MAIL,
        "paper.txt": PAPER.encode(),
        "article.txt": ARTICLE.encode(),
        "scrape.txt": scrape(
            ("We wrote to the minister. 1/2", "09.11.2026 09:00", (3, 1, 0, 0)),
            ("She has not answered yet. 2/2", "09.11.2026 09:01", (2, 0, 1, 0)),
        ),
    }
    return (*found, *made.items())


def _cut(data: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[a:b] if chance.random() < 0.3 else data[:a] + data[b:]


def _double(data: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:b] + data[a : min(b, a + 5000)] * chance.randint(1, 8) + data[b:]


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _shuffle(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _insert(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.choice(BITS) * chance.choice((1, 1, 1, 2, 40)) + data[place:]
    return data


def _recode(data: bytes, chance: random.Random) -> bytes:
    """Part of the document in another encoding, or damaged by one."""
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    there, back = chance.choice(_CODECS), chance.choice(_CODECS)
    part = data[a:b].decode(there, "replace").encode(back, "replace")
    return part if chance.random() < 0.2 else data[:a] + part + data[b:]


def _splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(samples())[1]
    a, b = chance.randrange(len(data) + 1), chance.randrange(len(other))
    return data[:a] + other[b : b + 4000] + data[a:]


_ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _double, _flip, _shuffle, _insert, _recode, _splice,
)  # fmt: skip


def mutated(number: int, most: int = 200_000) -> tuple[str, bytes]:
    """The sample and the damaged document that a number stands for; the same number gives the same document."""
    chance = random.Random(number)
    name, data = chance.choice(samples())
    return name, damaged(data, chance, most)


def damaged(data: bytes, chance: random.Random, most: int = 200_000) -> bytes:
    """A document after one to four accidents."""
    for _ in range(chance.randint(1, 4)):
        if data:
            data = chance.choice(_ACCIDENTS)(data, chance)[:most]
    return data
