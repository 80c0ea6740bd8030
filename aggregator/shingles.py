"""Fingerprints of prose: which words of one text stand in another.

Calling two texts copies when they are not is the worse error, so only runs of five equal words count.

A *shingle* is a run of five words, hashed to 63 bits.
A *fingerprint* keeps the smallest shingle of every six neighbours ("winnowing", Schleimer et al. 2003):
about two sevenths of all, and any shared run of ten words leaves at least one shared hash.
Fingerprints find candidates; how much is shared is then counted in words on all shingles,
because scattered edits of 15 % of the words destroy more than half of the shingles but leave
seven words in ten inside a run of five.
Hashes depend on nothing but the words: they are the same in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

SIZE = 5  # words of a shingle
WINDOW = 6  # neighbours of which the smallest is kept
DIFF_SIZE = 3  # words of a run when versions of one article are compared
MAX_WORDS = 50_000  # what is longer is no news text; bounds time and memory

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00ad": None, "\u200b": None})


def words(text: str) -> list[str]:
    """The words of a text in order, lower case, apostrophes straight, at most `MAX_WORDS`."""
    # A word and its gap are rarely longer than 20 characters; cutting first keeps a huge text cheap.
    return _WORD.findall(text[: MAX_WORDS * 20].translate(_SAME).lower())[:MAX_WORDS]


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def shingles(tokens: Iterable[str], size: int = SIZE) -> Hashes:
    """One hash for every run of `size` words, in order; empty when there are fewer words."""
    hashes = np.fromiter(map(_word_hash, tokens), dtype=np.uint64)
    count = len(hashes) - size + 1
    if count < 1:
        return np.empty(0, dtype=np.uint64)
    mixed = np.zeros(count, dtype=np.uint64)
    for start in range(size):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes[start : start + count]
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed >> np.uint64(1)


def winnow(hashes: Hashes) -> Hashes:
    """The smallest of every `WINDOW` neighbours, sorted, each once."""
    if len(hashes) <= WINDOW:
        return np.sort(hashes)[:1]
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)
    return np.unique(windows.min(axis=1))


def covered(hashes: Hashes, known: Hashes, size: int = SIZE) -> Mask:
    """Which words of a text lie in a run that `known` holds too; one value a word of the text."""
    mask = np.zeros(len(hashes) + size - 1 if len(hashes) else 0, dtype=np.bool_)
    shared = np.isin(hashes, known)
    for start in range(size if len(hashes) else 0):
        mask[start : start + len(hashes)] |= shared
    return mask


def changed_share(old: str, new: str) -> float:
    """The share of words that differ between two versions of a text, 0–1, in linear time.

    A word counts as kept when it stands in a run of three words that both versions have,
    so a moved paragraph changes next to nothing and a replaced word counts as one.
    """
    before, after = words(old), words(new)
    longer = max(len(before), len(after))
    if before == after:
        return 0.0
    if min(len(before), len(after)) < DIFF_SIZE:
        return 1.0
    ours, theirs = shingles(before, DIFF_SIZE), shingles(after, DIFF_SIZE)
    lost = len(before) - int(covered(ours, theirs, DIFF_SIZE).sum())
    added = len(after) - int(covered(theirs, ours, DIFF_SIZE).sum())
    return min(1.0, max(lost, added) / longer)
