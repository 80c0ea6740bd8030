"""How well damaged text is repaired, beside ftfy, in one run.

    python bench/repair.py POSTS.jsonl [--sound LINES.jsonl] [--half tune|held|all] [--channel NAME]
    python bench/repair.py POSTS.jsonl --matrix

`--matrix` runs ours alone through every codec × no-break space × what is lost × an earlier ftfy, in short.

POSTS holds one clean post a line, {"text": …}; each channel damages them, with this file's own code.
SOUND holds lines that must come out as they went in.
Percentages: `exact` posts restored in full (of the posts that were damaged), `but emoji` the same with emoji and
gaps taken out on both sides, `unamb` damaged characters restored, without emoji that share their remains.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import itertools
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import ftfy

sys.path.insert(0, str(Path(__file__).parents[1]))

from parsers.mojibake import diagnose, repair
from parsers.mojibake_emoji import EMOJI_STYLE, TEXT_STYLE, TONES


class Channel(NamedTuple):
    """One way of losing bytes."""

    codec: str
    undefined: str = "strip"  # strip, replace, keep
    nbsp: bool = True  # U+00A0 becomes a space
    printable: bool = False  # only printable characters are kept
    ftfy: bool = False  # an earlier ftfy has been over it
    times: int = 1


CHANNELS = {
    "iso-8859-7": Channel("iso-8859-7"),
    "iso-8859-7, nbsp kept": Channel("iso-8859-7", nbsp=False),
    "iso-8859-7, ftfy after": Channel("iso-8859-7", ftfy=True),
    "iso-8859-7, AE replaced": Channel("iso-8859-7", undefined="replace"),
    "iso-8859-7, C1 kept": Channel("iso-8859-7", undefined="keep", nbsp=False),
    "latin-1": Channel("latin-1"),
    "latin-1, printable": Channel("latin-1", printable=True),
    "cp1253": Channel("cp1253"),
    "cp1252": Channel("cp1252"),
    "cp1252, nbsp kept": Channel("cp1252", nbsp=False),
    "cp1252, replaced": Channel("cp1252", undefined="replace"),
    "cp1252, ftfy after": Channel("cp1252", ftfy=True),
    "cp1250": Channel("cp1250"),
    "cp1254": Channel("cp1254"),
    "iso-8859-2": Channel("iso-8859-2"),
    "iso-8859-15": Channel("iso-8859-15"),
    "cp1252, C1 kept": Channel("cp1252", undefined="keep", nbsp=False),
    "latin-1, C1 kept": Channel("latin-1", undefined="keep", nbsp=False),
    "cp1252 twice, kept": Channel("cp1252", undefined="keep", nbsp=False, times=2),
    "cp1252 twice": Channel("cp1252", times=2),
    "latin-1 twice": Channel("latin-1", times=2),
}


LOSSES = {"stripped": {}, "as U+FFFD": {"undefined": "replace"}, "printable only": {"printable": True}}


def matrix(posts: list[str], size: int) -> None:
    """One line for each combination: exact, but emoji, wrong emoji, sound posts changed."""
    print(f"{'codec':12} {'lost':15} {'NBSP':6} {'ftfy':5} exact  but emoji  wrong emoji  false changes  status lines")
    for codec, loss, nbsp, after in itertools.product(MATRIX, LOSSES, (True, False), (False, True)):
        channel = Channel(codec, nbsp=nbsp, ftfy=after, **LOSSES[loss])  # type: ignore[arg-type]
        tally = run(posts, channel, size, ["ours"])["ours"]
        shares = (share(tally.exact, tally.posts), share(tally.but_emoji, tally.posts))
        wrong, status = share(tally.wrong_emoji, tally.emoji), share(tally.status_right, tally.status)
        line = f"{codec:12} {loss:15} {'space' if nbsp else 'kept':6} {'yes' if after else 'no':5} "
        print(
            f"{line}{shares[0]}   {shares[1]}      {wrong}      {tally.touched:3d}/{tally.clean:<5} {status}",
            flush=True,
        )


MATRIX = ("iso-8859-7", "latin-1", "cp1253", "cp1252", "cp1250", "cp1254", "iso-8859-2", "iso-8859-15")


def _wrongly_read(data: bytes, channel: Channel) -> str:
    out = []
    for byte in data:
        try:
            char = bytes([byte]).decode(channel.codec)
        except UnicodeDecodeError:
            char = {"replace": "\ufffd", "keep": chr(byte)}.get(channel.undefined, "")
        if "\x80" <= char <= "\x9f" and channel.undefined != "keep":
            char = ""
        out.append(char)
    return "".join(out)


def _once(text: str, channel: Channel) -> str:
    text = _wrongly_read(text.encode(), channel)
    if channel.printable:
        text = "".join(char for char in text if char == "\n" or char.isprintable())
    return text.replace("\xa0", " ") if channel.nbsp else text


_BYTES: dict[tuple[Channel, str], str] = {}


def spoil(text: str, channel: Channel) -> str:
    """The text as it comes out of the channel."""
    for _ in range(channel.times):
        text = "".join(
            char if char < "\x80" else _BYTES.setdefault((channel, char), _once(char, channel)) for char in text
        )
    if channel.ftfy:
        text = "\n".join(ftfy.fix_text(line, uncurl_quotes=False) for line in text.split("\n"))
    return text


EMOJI = frozenset(EMOJI_STYLE + TEXT_STYLE + TONES) | {chr(code) for code in range(0x1F1E6, 0x1F200)}
_SILENT = re.compile("[\u200d\ufe0f\ufffd\u20e3\U000e0020-\U000e007f]")


def bare(text: str) -> str:
    """The text without emoji, gaps and the blanks around them."""
    text = "".join(char for char in _SILENT.sub("", text) if char not in EMOJI)
    return " ".join(text.split())


def ambiguous(channel: Channel) -> frozenset[str]:
    """Emoji that share their remains with another emoji."""
    remains = Counter(_once(char, channel) for char in EMOJI_STYLE + TEXT_STYLE)
    return frozenset(char for char in EMOJI_STYLE + TEXT_STYLE if remains[_once(char, channel)] > 1)


class Tally:
    """Counts of one method on one channel."""

    def __init__(self, unclear: frozenset[str]) -> None:
        self.unclear = unclear
        self.posts = self.exact = self.but_emoji = self.clean = self.touched = 0
        self.status = self.status_right = 0
        self.chars = self.right = 0
        self.emoji = self.wrong_emoji = 0
        self.seen: Counter[str] = Counter()
        self.got: Counter[str] = Counter()
        self.seconds = 0.0
        self.size = 0

    def post(self, original: str, raw: str, fixed: str) -> None:
        """Count one post."""
        if raw == original:
            self.clean += 1
            self.touched += fixed != original
            return
        self.posts += 1
        self.exact += fixed == original
        self.but_emoji += bare(fixed) == bare(original)
        self._characters(original, fixed)

    def _characters(self, original: str, fixed: str) -> None:
        kept = set(range(len(original)))
        if fixed != original:
            match = difflib.SequenceMatcher(None, original, fixed, autojunk=False)
            kept = {i for a, _, n in match.get_matching_blocks() for i in range(a, a + n)}
            theirs = {j for _, b, n in match.get_matching_blocks() for j in range(b, b + n)}
            self.wrong_emoji += sum(char in EMOJI for j, char in enumerate(fixed) if j not in theirs)
        for i, char in enumerate(original):
            if char < "\x80":
                continue
            self.emoji += char in EMOJI
            if char not in self.unclear:
                self.chars += 1
                self.right += i in kept
            kind = classify(original, i)
            if kind:
                self.seen[kind] += 1
                self.got[kind] += i in kept


def classify(text: str, i: int) -> str:
    """The class under which a character is reported, or nothing."""
    char = text[i]
    if char == "’":
        return "’ in word" if text[i - 1 : i].isalnum() and text[i + 1 : i + 2].isalnum() else "’ else"
    if char in "“”":
        return "“ ”"
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return "flags"
    if char in TONES:
        return "tones"
    if char.isalpha() and char < "\u0180":
        return "letters"
    return {"—": "—", "–": "–", "…": "…", "‘": "‘", "\u200d": "ZWJ", "\u00a0": "NBSP", "•": "•", "\ufe0f": "VS16"}.get(
        char, "other emoji" if char in EMOJI else ""
    )


Method = Callable[[str], str]
METHODS: dict[str, Method] = {
    "ours": lambda text: repair(text).text,
    "fix_text": lambda text: "\n".join(ftfy.fix_text(line) for line in text.split("\n")),
    "fix_encoding": lambda text: "\n".join(ftfy.fix_encoding(line) for line in text.split("\n")),
}


def load(path: Path, half: str) -> list[str]:
    """The texts of a JSONL file; the half is decided by a hash of the text, for ever the same."""
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").split("\n") if line]
    if half == "all":
        return texts
    want = half == "held"
    return [text for text in texts if (hashlib.md5(text.encode()).digest()[0] % 2 == 1) == want]


def english(text: str) -> bool:
    """No letters beyond Latin, and more ASCII letters than anything else."""
    return all(ord(char) < 0x250 for char in text if char.isalpha())


def documents(posts: list[str], size: int, seed: int) -> Iterator[list[str]]:
    """Posts in groups of `size`, half of each ASCII where there are enough of them."""
    chance = random.Random(seed)
    marked = [post for post in posts if not post.isascii()]
    plain = [post for post in posts if post.isascii()]
    chance.shuffle(marked)
    chance.shuffle(plain)
    part = max(1, (size + 1) // 2) if size > 1 else 1
    for start in range(0, len(marked), part):
        at = (start // part) * (size - part)
        group = marked[start : start + part] + plain[at : at + size - part]
        chance.shuffle(group)
        yield group


def run(posts: list[str], channel: Channel, size: int, methods: Iterable[str], seed: int = 1) -> dict[str, Tally]:
    """All methods on all documents of a channel."""
    chance = random.Random(seed)
    unclear = ambiguous(channel)
    tallies = {name: Tally(unclear) for name in methods}
    for group in documents(posts, size, seed):
        parts = []
        for post in group:
            parts.append(post)
            if size > 1:
                n = [chance.randrange(60) for _ in range(4)]
                parts.append(
                    f"0{chance.randrange(1, 9)}.03.2025 1{n[0] % 10}:05 — 👍 {n[0]} 🔁 {n[1]} 💬 {n[2]} 📌 {n[3]}"
                )
        raws = [spoil(part, channel) for part in parts]
        raw = "\n".join(raws)
        for name, tally in tallies.items():
            started = time.perf_counter()
            lines = METHODS[name](raw).split("\n")
            tally.seconds += time.perf_counter() - started
            tally.size += len(raw.encode())
            at = 0
            for index, (part, damaged) in enumerate(zip(parts, raws, strict=True)):
                count = damaged.count("\n") + 1
                fixed = "\n".join(lines[at : at + count])
                at += count
                if size > 1 and index % 2:
                    tally.status += 1
                    tally.status_right += fixed == part
                else:
                    tally.post(part, damaged, fixed)
    return tallies


def share(part: int, whole: int) -> str:
    """A percentage with one decimal."""
    return f"{100 * part / whole:5.1f}" if whole else "    -"


def row(name: str, method: str, tally: Tally) -> str:
    """One line of the table."""
    cells = [
        share(tally.exact, tally.posts),
        share(tally.but_emoji, tally.posts),
        share(tally.right, tally.chars),
        share(tally.wrong_emoji, tally.emoji),
        share(tally.status_right, tally.status),
        f"{tally.touched:3d}/{tally.clean}",
        f"{tally.size / 1e6 / max(tally.seconds, 1e-9):6.2f}",
    ]
    return f"{name:26} {method:13}" + " ".join(f"{cell:>9}" for cell in cells)


HEAD = f"{'channel':26} {'method':13}" + " ".join(
    f"{cell:>9}" for cell in ("exact", "but emoji", "unamb", "wrong em.", "status", "touched", "MB/s")
)


def sound(path: Path, half: str, methods: Iterable[str]) -> None:
    """False changes on text that must not be touched, line by line and in documents of ten."""
    texts = [text.replace("\n", " ") for text in load(path, half)]
    for name in methods:
        changed = [text for text in texts if METHODS[name](text) != text]
        groups = ["\n".join(texts[i : i + 10]) for i in range(0, len(texts), 10)]
        spoilt = sum(METHODS[name](group) != group for group in groups)
        print(f"sound lines   {name:13} {len(changed)}/{len(texts)} lines, {spoilt}/{len(groups)} documents changed")
        if name == "ours":
            for text in changed[:8]:
                print(f"    {text[:100]!r} -> {METHODS[name](text)[:100]!r}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path)
    parser.add_argument("--sound", type=Path)
    parser.add_argument("--half", choices=("tune", "held", "all"), default="held")
    parser.add_argument("--channel", action="append", choices=sorted(CHANNELS))
    parser.add_argument("--size", type=int, default=25, help="posts in a document; 1 for posts alone")
    parser.add_argument("--ours", action="store_true", help="leave ftfy out")
    parser.add_argument("--matrix", action="store_true", help="every combination of channels, ours alone")
    parser.add_argument("--english", action="store_true", help="only posts in Latin letters")
    options = parser.parse_args()
    methods = ["ours"] if options.ours else list(METHODS)
    posts = load(options.posts, options.half)
    if options.english:
        posts = [post for post in posts if english(post)]
    if options.matrix:
        matrix(posts, options.size)
        return
    repair("donâ\u0080\u0099t")  # tables are made before the clock runs
    print(HEAD)
    for name in options.channel or CHANNELS:
        spoilt_first = spoil("warm’s", CHANNELS[name])
        diagnose(spoilt_first)
        tallies = run(posts, CHANNELS[name], options.size, methods)
        for method, tally in tallies.items():
            print(row(name, method, tally), flush=True)
        mine = tallies["ours"]
        kinds = ", ".join(f"{kind} {share(mine.got[kind], n).strip()} ({n})" for kind, n in mine.seen.most_common())
        print(f"    {kinds}")
    if options.sound:
        sound(options.sound, options.half, methods)


if __name__ == "__main__":
    main()
