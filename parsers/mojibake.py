"""Repair text that was read in the wrong encoding, also where its bytes were lost on the way.

Changing sound text is worse than leaving damage, and inventing a character is worse than leaving a gap.

Observation: scrapers read UTF-8 in a one-byte codec and then delete the invisible control characters.
Of a curly apostrophe only β or â is left, of an emoji π or ð; up to 15 of its bits are gone.
No decoder can get them back, but English can: few symbols are at home where the remains stand.

Method: evidence for a codec is summed over the whole document, because one line rarely proves anything;
then each line is repaired alone, so that one bad line spoils no other.
Every replacement is a `Step` with its posterior; the raw text can be rebuilt from them.
Damage that lost nothing is left to ftfy, line by line, without its changes of style.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from parsers import mojibake_grave
from parsers.model import Record, Step, Style
from parsers.mojibake_diagnosis import LAYERS, Diagnosis, diagnose, suspect
from parsers.mojibake_line import repair_line
from parsers.mojibake_lossless import fix_line, suspicious
from parsers.mojibake_merged import merged_edits
from parsers.mojibake_picks import UNRESOLVED
from parsers.mojibake_steps import Edit, apply, compose, restore, step
from parsers.mojibake_tables import Table, table

__all__ = ["Diagnosis", "Repair", "diagnose", "repair", "restore", "shown", "sound"]


class Repair(Record, frozen=True, kw_only=True):
    """Repaired text and how it was made."""

    text: str
    steps: tuple[Step, ...] = ()  # in reading order, offsets in the raw text
    confidence: float = 1.0  # mean posterior of the steps, 0–1
    channel: str | None = None  # None: nothing was done
    flagged: tuple[int, ...] = ()  # lines left raw although they look damaged; 1 is the first

    @property
    def receipt(self) -> str:
        """What was done, in plain words: "repaired 214 characters in 61 places; 34 emoji lost"."""
        made = [step for step in self.steps if step.kind != "unresolved"]
        lost = len(self.steps) - len(made)
        characters = sum(len(step.replacement) for step in made)
        return receipt(characters, len(made), lost)


def receipt(characters: int, places: int, lost: int) -> str:
    """What was repaired, in plain words.

    >>> receipt(1, 1, 0)
    'repaired 1 character in 1 place; 0 emoji lost'
    """
    some, where = "character" if characters == 1 else "characters", "place" if places == 1 else "places"
    return f"repaired {characters} {some} in {places} {where}; {lost} emoji lost"


def repair(text: str, diagnosis: Diagnosis | None = None, style: Style | None = None) -> Repair:
    """Repair line by line (split on line feeds only) with the evidence of the whole document.

    Without `diagnosis` the text is its own evidence, and the result is one that a second repair leaves alone.
    `style` decides what neither bytes nor neighbours can; without it the habits of the document, or English ones, do.
    Never raises on any `str`; time and memory are linear in the text.
    """
    if text.isascii():
        return Repair(text=text)
    if diagnosis is not None:
        return _passes(text, diagnosis, style)
    found = diagnose(text)
    done = _passes(text, found, style)
    for _ in range(LAYERS):
        if done.text.isascii() or done.text == text:
            return done
        more = _passes(done.text, diagnose(done.text), style)
        if more.text == done.text:
            return done
        steps = compose(done.steps, more.steps, done.text)
        done = _made(more.text, steps, done.channel, more.flagged)
    return Repair(text=text, flagged=tuple(number for number, _ in _damaged(text)))


def sound(text: str, diagnosis: Diagnosis | None = None) -> bool:
    """True where `shown(repair(text, diagnosis))` is sure to be `text`, told at a tenth of the price; for posts.

    A document of such texts only has an empty diagnosis.
    All signs of damage lie within a run of characters beyond ASCII, and of these people use few: ’, –, é, an emoji.
    """
    if len(text) > _POST or (diagnosis is not None and diagnosis.codecs):
        return False
    return all(map(_quiet, text.encode("utf-8", "surrogatepass").translate(_BLANKED).split()))


@functools.lru_cache(maxsize=1024)
def _quiet(utf8: bytes) -> bool:
    """Whether a run is no sign of damage and nothing that is taken out for people."""
    run = utf8.decode("utf-8", "surrogatepass")
    return not (UNRESOLVED in run or suspect(run) or suspicious(run) or _BIDI.search(run))


def _damaged(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not pure ASCII."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii():
            yield number, line


def _passes(text: str, found: Diagnosis, style: Style | None) -> Repair:
    """Each layer of damage taken off, outermost first, then what ftfy can do."""
    steps: tuple[Step, ...] = ()
    flagged: tuple[int, ...] = ()
    current = text
    channel = found.channel
    if UNRESOLVED in text:
        current, steps = _line_by_line(
            text, lambda line: merged_edits(line, found.merged) if UNRESOLVED in line else ()
        )
        channel = _MERGED if steps and not channel else channel
    for codec in found.codecs:
        after, more, left = _lossy(current, table(codec), style or found.style)
        steps = compose(steps, more, current)
        current, flagged = after, flagged + left
    if suspicious(current):
        lossy = bool(found.codecs)
        after, more = _line_by_line(current, lambda line: fix_line(line, lossy) if suspicious(line) else ())
        if more:
            channel = f"{channel}, then ftfy" if steps else "lossless, by ftfy"
        steps = compose(steps, more, current)
        if not lossy and mojibake_grave.holds(after):
            between, (after, more) = after, _with_graves(after, current, proven=bool(steps))
            channel = channel if steps or not more else "lossless, but A0 → space"
            steps = compose(steps, more, between)
        current = after
    if flagged and len(found.codecs) > 1:
        same = [one == other for one, other in zip(text.split("\n"), current.split("\n"), strict=True)]
        flagged = tuple(number for number in sorted(set(flagged)) if same[number - 1])
    return _made(current, steps, channel, flagged)


def _with_graves(text: str, before: str, *, proven: bool) -> tuple[str, tuple[Step, ...]]:
    """The text with each Ã that was à; `before` it stood before other damage was repaired, `proven` by that."""
    if not proven and mojibake_grave.has_letters(text):
        return text, ()
    raw = frozenset(before.split("\n"))
    return _line_by_line(text, lambda line: mojibake_grave.edits(line, raw, proven=proven))


def _made(text: str, steps: tuple[Step, ...], channel: str | None, flagged: tuple[int, ...]) -> Repair:
    mean = sum(each.posterior for each in steps) / len(steps) if steps else 1.0
    return Repair(text=text, steps=steps, confidence=mean, channel=channel if steps else None, flagged=flagged)


def _lossy(text: str, known: Table, style: Style | None) -> tuple[str, tuple[Step, ...], tuple[int, ...]]:
    """One pass with one codec: text, steps, numbers of lines left as they were."""
    steps: list[Step] = []
    flagged: list[int] = []
    lines = text.split("\n")
    offset = 0
    for index, line in enumerate(lines):
        if not line.isascii():
            edits = repair_line(line, known, style)
            if edits is None:
                flagged.append(index + 1)
            elif edits:
                lines[index] = apply(line, edits)
                steps += (step(line, edit, offset) for edit in edits)
        offset += len(line) + 1
    return "\n".join(lines), tuple(steps), tuple(flagged)


def _line_by_line(text: str, edits_of: Callable[[str], Sequence[Edit]]) -> tuple[str, tuple[Step, ...]]:
    """One pass over the lines that are not pure ASCII."""
    steps: list[Step] = []
    lines = text.split("\n")
    offset = 0
    for index, line in enumerate(lines):
        if not line.isascii():
            edits = edits_of(line)
            if edits:
                lines[index] = apply(line, edits)
                steps += (step(line, edit, offset) for edit in edits)
        offset += len(line) + 1
    return "\n".join(lines), tuple(steps)


# The runs of longer texts are not worth remembering; posts hold 300 characters.
_POST = 1000
# Runs are cut out as bytes, ten times faster than by a regular expression.
_BLANKED = bytes(byte if byte > 0x7F else 0x20 for byte in range(256))
_MERGED = "utf-8 → a codec with undefined bytes → these as U+FFFD → ftfy"
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAIL = "[\u200d\ufe0f🏻-🏿\u20e3]*"
_GAP = rf"\u200d?(?:{UNRESOLVED}{_TAIL})+"
_MARK = re.compile(rf"(?P<before>[ \t]*){_GAP}(?:[ \t]*{_GAP})*(?P<after>[ \t]*)")


def shown(repaired: Repair | str, emoji: Literal["drop", "[emoji]"] = "drop") -> str:
    """The text for people: what is unresolved is dropped cleanly or shown as "[emoji]"."""
    text = _BIDI.sub("", repaired if isinstance(repaired, str) else repaired.text)
    if UNRESOLVED not in text:
        return text
    if emoji == "[emoji]":
        return re.sub(_GAP, "[emoji]", text)
    return _MARK.sub(_closed, text)


def _closed(match: re.Match[str]) -> str:
    """What stays of a gap and the blanks around it."""
    follows = match.string[match.end() : match.end() + 1]
    leads = match.string[: match.start()][-1:]
    if leads in ("", "\n", *"([{“‘") or follows in ("", "\n") or follows in ".,;:!?)]}…’”":
        return ""
    return " " if match["before"] or match["after"] else ""
