"""Account exports: what is alive, what is damaged, what a huge file costs."""

from __future__ import annotations

import contextlib
import tracemalloc
from pathlib import Path

import libipld
import pytest
from bluesky_forms import DID, NAME, POST, Repo, account, car, cid_bytes, frame, record, repo, rkey, uri, varint
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import bluesky_car, car_blocks, parse
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Hint, Post


@pytest.fixture(params=["at hand", "in drawers"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files stand for large ones too: read from the disk, their blocks found by half a hash."""
    if request.param == "in drawers":
        monkeypatch.setattr(car_blocks, "_AT_HAND", 2)
        monkeypatch.setattr(car_blocks, "_SMALL", 0)


def posts(data: bytes, hint: Hint | None = None) -> list[Post]:
    """The posts of an export."""
    return [item for item in bluesky_car.parse(data, hint).records if isinstance(item, Post)]


@pytest.mark.usefixtures("large")
def test_reads_every_live_post_oldest_first() -> None:
    """An export gives the account's posts in key order, each with URI, DID, display name and CID."""
    found = bluesky_car.parse(repo(account()).file())
    assert found.problems == ()
    assert [post.uri for post in found.records] == [uri(number) for number in range(7)]
    first = found.records[0]
    assert (first.author, first.author_did, first.author_name) == (DID, DID, NAME)
    assert first.cid.startswith("bafyrei")


def test_is_recognised_by_content() -> None:
    """The front door takes an export for what it is."""
    assert parse(repo(account()).file()).format == "bluesky-car"
    assert bluesky_car.looks_like(b'{"feed": []}') is None
    assert bluesky_car.looks_like(b"") is None


def test_the_hint_names_the_account() -> None:
    """An export holds no handle; the one the caller knows is used."""
    assert {post.author for post in posts(repo(account()).file(), Hint(author="heads.example"))} == {"heads.example"}


@pytest.mark.usefixtures("large")
def test_deleted_posts_stay_deleted() -> None:
    """A block that the index no longer reaches is not a post."""
    made = repo(account())
    del made.keys[f"{POST}/{rkey(2)}"]
    assert uri(2) not in [post.uri for post in posts(made.file())]
    assert len(posts(made.file())) == 6


def test_other_collections_are_no_posts() -> None:
    """Only records of the post collection count, even where another one has a text."""
    assert not any(post.text == "no post" for post in posts(repo(account()).file()))


def test_a_record_of_another_type_is_left_out_with_its_place() -> None:
    """A record that is no post under a post's key is reported with its byte."""
    made = repo([record("one", 0)])
    made.add(f"{POST}/{rkey(1)}", {"$type": "app.bsky.feed.like"})
    found = bluesky_car.parse(made.file())
    assert len(found.records) == 1
    assert found.problems[0].where.startswith("byte ")


def test_an_odd_field_does_not_cost_the_post() -> None:
    """A field of the wrong type is dropped, the text stays."""
    made = repo([record("kept", 0, reply="nobody", langs="en", facets=7, embed=[1])])
    assert [post.text for post in posts(made.file())] == ["kept"]


def test_an_account_that_hides_from_logged_out_people_is_left_out() -> None:
    """The profile's own label decides, and a problem says so."""
    made = repo(account())
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    made.add("app.bsky.actor.profile/self", {"$type": "app.bsky.actor.profile", "labels": labels})
    found = bluesky_car.parse(made.file())
    assert found.records == ()
    assert "not logged in" in found.problems[0].message


# ------------------------------------------------------------------ damage


@pytest.mark.parametrize("root_first", [True, False])
def test_cut_anywhere_keeps_what_is_whole(root_first: bool) -> None:
    """Wherever it is cut: nothing but ParseError, only true posts, and a problem where any is missing."""
    data = repo(account()).file(root_first)
    whole = {(post.uri, post.text) for post in posts(data)}
    for end in range(0, len(data), 7):
        try:
            found = bluesky_car.parse(data[:end])
        except ParseError:
            continue
        kept = {(post.uri, post.text) for post in found.records}
        assert kept <= whole
        assert found.problems or kept == whole, f"cut at {end}"


@pytest.mark.usefixtures("large")
def test_cut_behind_the_index_loses_only_the_records_cut_off() -> None:
    """In a file as servers stream it, each cut at a block's edge keeps every record before it."""
    made = repo([record(f"post {number}", number) for number in range(20)])
    data = made.file(root_first=True)
    records = [frame(libipld.encode_dag_cbor(record(f"post {number}", number))) for number in range(20)]
    for block in records:
        edge = data.index(block)
        before = {number for number in range(20) if data.index(records[number]) < edge}
        found = bluesky_car.parse(data[:edge])
        assert {post.uri for post in found.records} == {uri(number) for number in before}
        assert any("missing" in problem.message for problem in found.problems)


@pytest.mark.usefixtures("large")
def test_a_flipped_byte_costs_one_block() -> None:
    """Flip any byte of any record frame (length, CID, content): every other post is read, and it is reported."""
    made = repo([record(f"post {number}", number) for number in range(6)])
    data = made.file(root_first=True)
    target = frame(libipld.encode_dag_cbor(record("post 3", 3)))
    start = data.index(target)
    for at in range(start, start + len(target)):
        broken = bytearray(data)
        broken[at] ^= 0x55
        found = bluesky_car.parse(bytes(broken))
        assert {post.uri for post in found.records} >= {uri(number) for number in (0, 1, 2, 4, 5)}
        assert found.problems
        assert all(
            post.text == f"post {number}" for number, post in enumerate(found.records) if len(found.records) == 6
        )


@pytest.mark.usefixtures("large")
def test_damage_to_length_or_name_costs_nothing() -> None:
    """A block whose length or CID was damaged is whole and is found by the hash of its content."""
    made = repo([record(f"post {number}", number) for number in range(6)])
    data = made.file(root_first=True)
    start = data.index(frame(libipld.encode_dag_cbor(record("post 3", 3))))
    for at in (start, start + 1, start + 3, start + 12):
        broken = bytearray(data)
        broken[at] ^= 0x11
        assert len(posts(bytes(broken))) == 6, f"byte {at - start} of the frame"


def test_without_its_root_a_file_is_refused() -> None:
    """Without the commit live and deleted posts cannot be told apart."""
    data = repo(account()).file()
    with pytest.raises(ParseError, match="root"):
        bluesky_car.parse(data[:-150])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_parse_error(noise: bytes) -> None:
    """Noise, alone and behind a true header, is refused or gives problems."""
    header = repo([]).file()[:60]
    for data in (noise, header + noise):
        with contextlib.suppress(ParseError):
            bluesky_car.parse(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_never_invent_posts(flips: list[tuple[int, int]]) -> None:
    """Whatever is flipped, only texts of the account come out under their own URIs."""
    whole = repo(account()).file()
    data = bytearray(whole)
    for at, bits in flips:
        data[at % len(data)] ^= bits
    try:
        found = posts(bytes(data))
    except ParseError:
        return
    assert {(post.uri, post.text) for post in found} <= {(post.uri, post.text) for post in posts(whole)}


# ------------------------------------------------------------------ hostile files

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["$type", "text", "createdAt", "reply", "parent", "uri", "embed", "facets", "langs", "labels",
                         "values", "val", "displayName", "e", "l", "p", "k", "v", "t", "did", "data"]),
        inner, max_size=5),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(post=_VALUES, profile=_VALUES, node=_VALUES, commit=_VALUES)
def test_true_hashes_around_false_content(post: object, profile: object, node: object, commit: object) -> None:
    """Blocks that prove their name but hold anything at all raise nothing but ParseError."""
    made = Repo()
    made.add("app.bsky.actor.profile/self", profile)
    made.add(f"{POST}/{rkey(0)}", post)
    bluesky_car.parse(made.file())
    bluesky_car.parse(_file(made, made.put(node)))
    with contextlib.suppress(ParseError):
        bluesky_car.parse(car(made.put(commit), made.blocks))


def _file(build: Repo, tree: bytes) -> bytes:
    commit = build.put({"did": DID, "version": 3, "data": tree, "rev": "x", "prev": None, "sig": b""})
    return car(commit, build.blocks)


def test_a_tree_that_repeats_itself_ends() -> None:
    """Nodes that share one subtree twice, sixty deep, are walked once: keys have to rise."""
    build = Repo()
    leaf = build.put(record("one", 0))
    node = build.put({"l": None, "e": [{"p": 0, "k": f"{POST}/{rkey(0)}".encode(), "v": leaf, "t": None}]})
    for number in range(1, 60):
        entry = {"p": 0, "k": f"{POST}/{rkey(number)}".encode(), "v": leaf, "t": node}
        node = build.put({"l": node, "e": [entry]})
    found = bluesky_car.parse(_file(build, node))
    assert len(found.records) == 60
    assert found.problems


def test_a_deep_tree_ends() -> None:
    """A chain of empty nodes deeper than any true tree is cut off with a problem."""
    build = Repo()
    node = build.put({"l": None, "e": []})
    for _ in range(1000):
        node = build.put({"l": node, "e": []})
    assert bluesky_car.parse(_file(build, node)).problems


def test_deeply_nested_records_are_left_out() -> None:
    """A record nested beyond reason is one problem; the next post is read."""
    build = Repo()
    bomb = b"\x81" * 100_000 + b"\x00"
    build.blocks.append(bomb)
    good = build.put(record("fine", 1))
    entries = [
        {"p": 0, "k": f"{POST}/{rkey(0)}".encode(), "v": cid_bytes(bomb), "t": None},
        {"p": 0, "k": f"{POST}/{rkey(1)}".encode(), "v": good, "t": None},
    ]
    found = bluesky_car.parse(_file(build, build.put({"l": None, "e": entries})))
    assert [post.text for post in found.records] == ["fine"]
    assert found.problems


def test_a_length_beyond_the_file_is_not_believed() -> None:
    """A frame that claims a terabyte costs no memory."""
    data = repo(account()).file(root_first=True) + varint(1 << 40) + b"\x01\x71\x12\x20" + b"x" * 50
    found = bluesky_car.parse(data)
    assert len(found.records) == 7
    assert found.problems


class _Counting:
    """A file that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)
        self.taken = 0

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""
        found = self._data[offset : offset + count]
        self.taken += len(found)
        return found

    def window(self, offset: int, count: int) -> tuple[bytes, int]:
        """The same."""
        return self.read(offset, count), offset


def test_much_damage_is_not_read_again_and_again() -> None:
    """A file whose every second frame has no name costs reading in proportion to its size, and no whole block."""
    nameless = varint(16_000) + b"\x01\x71\x00\x00"
    source = _Counting(b"".join(frame(libipld.encode_dag_cbor(number)) + nameless for number in range(10_000)))
    blocks = car_blocks.Blocks(source, 0, Findings())
    assert blocks.count == 10_000
    assert blocks.load(cid_bytes(libipld.encode_dag_cbor(9_999))) == 9_999
    assert source.taken < 100 * source.size


def test_a_link_finds_its_block_whatever_kind_either_names() -> None:
    """A block is found by its hash: its name or the link may say raw bytes where the other says DAG-CBOR."""
    made = repo([record("one", 0)])
    data = made.file()
    name = cid_bytes(libipld.encode_dag_cbor(record("one", 0)))
    at = data.index(name + libipld.encode_dag_cbor(record("one", 0)))
    changed = data[: at + 1] + b"\x55" + data[at + 2 :]
    assert bluesky_car.parse(changed).records == bluesky_car.parse(data).records
    source = car_blocks.BytesSource(frame(b"\x07"))
    assert car_blocks.Blocks(source, 0, Findings()).load(b"\x01\x55" + cid_bytes(b"\x07")[2:]) == 7


@pytest.mark.parametrize("name", [None, 7, "text", [], {}, b"", b"\x01\x71\x12\x20", b"x" * 37])
def test_what_is_no_name_names_no_block(name: object) -> None:
    """An index may hold anything where a CID belongs."""
    assert car_blocks.Blocks(car_blocks.BytesSource(frame(b"\x07")), 0, Findings()).load(name) is None


# ------------------------------------------------------------------ large files


@pytest.mark.usefixtures("large")
def test_a_stream_gives_the_same_posts(tmp_path: Path) -> None:
    """Reading from a file in windows gives what reading from memory gives."""
    data = repo(account()).file()
    path = tmp_path / "repo.car"
    path.write_bytes(data)
    findings = Findings()
    assert list(bluesky_car.stream(path, findings=findings)) == posts(data)
    with path.open("rb") as file:
        assert list(bluesky_car.stream(file)) == posts(data)
    assert findings.problems() == ()


def test_a_stream_needs_little_memory(tmp_path: Path) -> None:
    """40 MB of blocks are read with less than 4 MB at a time."""
    made = Repo()
    for number in range(200):
        made.add(f"{POST}/{rkey(number)}", record(f"post {number}", number))
    made.blocks += [libipld.encode_dag_cbor({"filler": f"{number:08}" * 25_000}) for number in range(200)]
    path = tmp_path / "large.car"
    path.write_bytes(made.file())
    made.blocks.clear()
    tracemalloc.start()
    try:
        assert sum(1 for _ in bluesky_car.stream(path)) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_the_old_staging_account(shared: Path) -> None:
    """A real early repository with history: 101 live posts, 19 replies, and dead records stay dead."""
    path = shared / "samples" / "bluesky" / "paul_staging.repo.car"
    if not path.exists():
        pytest.skip("the sample is not there")
    found = bluesky_car.parse(path.read_bytes())
    assert found.problems == ()
    assert len(found.records) == 101
    assert sum(post.reply_parent is not None for post in found.records) == 19
    assert found.records[0].author_name == "Paul"
