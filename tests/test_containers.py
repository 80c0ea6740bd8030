"""Packed files: everything comes out, nothing blows up."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.containers import Limits, Member, unwrap
from parsers.findings import Findings

SMALL = Limits(member=1 << 20, total=3 << 20, members=20, depth=3, ratio=50, ratio_from=1 << 16)


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(data: bytes, name: str | None = "x", limits: Limits = SMALL) -> tuple[list[Member], str]:
    """The members and the problems in one text."""
    findings = Findings()
    members = list(unwrap(data, name, findings, limits))
    return members, "\n".join(f"{problem.where}: {problem.message}" for problem in findings.problems())


def test_plain_bytes_come_back() -> None:
    """What is not packed is its own only member."""
    assert read(b"plain") == ([Member(name="x", data=b"plain")], "")
    assert read(b"") == ([Member(name="x", data=b"")], "")


def test_gzip_is_unpacked() -> None:
    """One layer, also of several parts one after the other."""
    members, problems = read(gzip.compress(b"one ") + gzip.compress(b"two"), "posts.json.gz")
    assert (members, problems) == ([Member(name="posts.json", data=b"one two")], "")


def test_zip_files_come_in_order() -> None:
    """Each file with its place; folders and what operating systems leave behind are passed over."""
    data = zipped({"a/": b"", "a/one.json": b"1", "__MACOSX/a/._one.json": b"?", ".DS_Store": b"?", "two.csv": b"2"})
    members, problems = read(data, "all.zip")
    assert [(member.name, member.data) for member in members] == [
        ("all.zip/a/one.json", b"1"),
        ("all.zip/two.csv", b"2"),
    ]
    assert problems == ""


def test_layers_are_unwrapped() -> None:
    """A gzip in a zip is read."""
    members, _ = read(zipped({"one.gz": gzip.compress(b"deep")}))
    assert [member.data for member in members] == [b"deep"]


def test_office_documents_stay_whole() -> None:
    """A zip that is a document is its own member."""
    data = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert [member.data for member in read(data)[0]] == [data]


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"bomb": data})])
def test_a_bomb_is_left_packed(pack: object) -> None:
    """What grows a thousand times is a trap and says so."""
    assert callable(pack)
    members, problems = read(pack(b"\x00" * 900_000))
    assert members == []
    assert "trap" in problems


def test_the_whole_has_a_limit() -> None:
    """Many files that are each allowed are stopped when they are too much together."""
    noise = bytes(range(256)) * 2048
    members, problems = read(zipped({f"{number}": noise for number in range(12)}), limits=Limits(total=3 << 20))
    assert 0 < len(members) < 12
    assert "MB" in problems


def test_layers_have_a_limit() -> None:
    """A packed file in a packed file in a packed file … ends."""
    data = b"core"
    for _ in range(6):
        data = gzip.compress(data)
    members, problems = read(data)
    assert members == []
    assert "times over" in problems


def test_files_have_a_limit() -> None:
    """A zip of very many files is read up to the limit."""
    members, problems = read(zipped({str(number): b"x" for number in range(30)}))
    assert len(members) == 20
    assert "rest was left" in problems


def test_a_broken_gzip_keeps_what_came_out() -> None:
    """Cut off, the start is still given, and a problem says so."""
    data = gzip.compress(b"".join(b"line %d\n" % number for number in range(3000)))
    members, problems = read(data[: len(data) // 2])
    assert members[0].data.startswith(b"line 0\nline 1\n")
    assert "damaged" in problems


def test_a_broken_zip_member_costs_only_itself() -> None:
    """A flipped byte in one file leaves the others."""
    data = bytearray(zipped({"one": b"first file, long enough " * 9, "two": b"second"}))
    data[40] ^= 0xFF
    members, problems = read(bytes(data))
    assert members[-1].data == b"second"
    assert "one" in problems


def test_a_password_is_a_problem() -> None:
    """An encrypted file is left out by name."""
    data = bytearray(zipped({"secret": b"x"}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, central + 8, 1)
    assert "password" in read(bytes(data))[1]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packings_are_left_packed(method: int) -> None:
    """A packing that the library opens without any limit is a problem, not a bomb, and costs only its file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bomb", bytes(64 << 20), method)
        archive.writestr("plain", b"good")
    tracemalloc.start()
    try:
        members, problems = read(out.getvalue())
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert [member.data for member in members] == [b"good"]
    assert "x/bomb: not unpacked" in problems


def test_files_without_a_name_are_read() -> None:
    """A zip may leave a file's name empty."""
    members, problems = read(zipped({"NAME": b"nameless"}).replace(b"NAME", b"\0AME"))
    assert ([member.data for member in members], problems) == ([b"nameless"], "")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([gzip.compress(b"text " * 50), zipped({"a": b"text" * 50, "b": b"more"})]), st.data())
def test_damage_never_raises(packed: bytes, draw: st.DataObject) -> None:
    """Cuts and flips give members and problems, no exception."""
    data = bytearray(packed[: draw.draw(st.integers(4, len(packed)))])
    for _ in range(draw.draw(st.integers(0, 3))):
        data[draw.draw(st.integers(4, len(data) - 1)) if len(data) > 4 else 0] ^= draw.draw(st.integers(1, 255))
    read(bytes(data))


def test_zlib_is_not_gzip() -> None:
    """Other packings are left to those who know them."""
    data = zlib.compress(b"x")
    assert read(data)[0] == [Member(name="x", data=data)]
