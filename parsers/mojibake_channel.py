"""The damage itself: UTF-8 read in a one-byte codec, then the invisible characters lost.

    text → UTF-8 → read as a one-byte codec → U+0080 to U+009F deleted → U+00A0 to space → (ftfy)

This is the only module that knows what a codec does to a byte.
The inverse tables, the safety net of `repair` and the tests all damage through here.
"""

from __future__ import annotations

import functools
from typing import Literal, TypeAlias

Codec: TypeAlias = str
Filler: TypeAlias = Literal["", "\ufffd"]

# Likeliest first: it breaks ties between codecs that show the same characters.
CODECS: tuple[Codec, ...] = (
    "iso-8859-7",
    "latin-1",
    "cp1252",
    "cp1253",
    "cp1250",
    "cp1254",
    "iso-8859-2",
    "iso-8859-15",
)
# Lead bytes of what English text holds beyond ASCII: Latin letters, modifier letters, punctuation and symbols,
# CJK punctuation, U+FE0F and the mark of byte order, emoji, tag characters.
LEADS = (0xC2, 0xC3, 0xC4, 0xC5, 0xCA, 0xCB, 0xE1, 0xE2, 0xE3, 0xEF, 0xF0, 0xF3)
C1 = range(0x80, 0xA0)


@functools.cache
def byte_chars(codec: Codec) -> tuple[str, ...]:
    """What each of the 256 bytes becomes; C1 controls for the bytes that the codec leaves undefined below A0.

    An undefined byte from A0 on (AE in ISO-8859-7) is the empty string: whatever reads it can only drop it.
    """
    chars = []
    for byte in range(256):
        try:
            chars.append(bytes([byte]).decode(codec))
        except UnicodeDecodeError:
            chars.append(chr(byte) if byte in C1 else "")
    return tuple(chars)


@functools.cache
def _mapping(codec: Codec, undefined: Filler) -> dict[int, str]:
    """For `str.translate` of bytes read as Latin-1."""
    shown: dict[int, str] = {}
    for byte, char in enumerate(byte_chars(codec)):
        if byte < 0x80:
            continue
        if char and ord(char) not in C1:
            shown[byte] = char
        else:  # the ISO codecs define C1 controls, which nobody sees
            shown[byte] = "" if char and codec.startswith(("iso", "latin")) else undefined
    return shown


def damage(text: str, codec: Codec, undefined: Filler = "") -> str:
    """What is left of `text` after the codec; U+00A0 and U+00AD are still there.

    `undefined` stands in for bytes that the codec does not define.
    Lone surrogates go through like any other character.
    """
    data = text.encode("utf-8", "surrogatepass")
    return data.decode("latin-1").translate(_mapping(codec, undefined))


@functools.cache
def char_bytes(codec: Codec) -> dict[str, int]:
    """The byte behind each visible non-ASCII character, and behind each C1 control."""
    table = {chr(byte): byte for byte in C1}
    table.update((char, byte) for byte, char in enumerate(byte_chars(codec)) if byte >= 0x80 and char)
    return table


def decode_exact(run: str, codec: Codec) -> str | None:
    """The character at the start of `run` whose bytes are all there, or None."""
    table = char_bytes(codec)
    lead = table.get(run[:1], 0)
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 0
    if not length or len(run) < length or not 0x80 <= table.get(run[1], 0) < 0xC0:
        return None
    data = [table.get(char, 0) for char in run[:length]]
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        return None
