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

import re
from collections.abc import Iterable
from typing import Literal

from parsers.model import Record, Step, Style
from parsers.mojibake_channel import CODECS, byte_chars
from parsers.mojibake_evidence import line_points, read, sample
from parsers.mojibake_line import UNRESOLVED, Edit, repair_line
from parsers.mojibake_tables import table

# Evidence below this is not believed: one contraction proves damage, one "We love π" does not.
ENOUGH = 1.0


class Diagnosis(Record, frozen=True, kw_only=True):
    """How a document was damaged, judged over all of its lines."""

    codec: str | None = None  # Python's name of the wrong codec; None: undamaged, or left to ftfy
    channel: str | None = None  # in words: "utf-8 → iso-8859-7 → C1 stripped → NBSP to space"
    score: float = 0.0  # sum of evidence for the codec
    runner_up: str | None = None  # the second best codec
    runner_up_score: float = 0.0
    style: Style | None = None  # house style seen in the undamaged text of the document


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
        return f"repaired {characters} characters in {len(made)} places; {lost} emoji lost"


_SUSPECTS = re.compile(
    "[" + "".join(sorted({byte_chars(codec)[lead] for codec in CODECS for lead in (0xC2, 0xC3, 0xE2, 0xF0)})) + "]"
)


def diagnose(text: str) -> Diagnosis:
    """Evidence over a whole document (or all posts of an export)."""
    if text.isascii() or not _SUSPECTS.search(text):
        return Diagnosis()
    suspects = set(_SUSPECTS.findall(text))
    lines = sample(line for line in text.split("\n") if not line.isascii() and _SUSPECTS.search(line))
    scores: dict[str, float] = {}
    for codec in CODECS:
        shown = byte_chars(codec)
        if suspects & {shown[lead] for lead in (0xC2, 0xC3, 0xE2, 0xF0)}:
            scores[codec] = _score(lines, codec)
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    best = ranked[0]
    if scores[best] < ENOUGH:
        return Diagnosis(score=scores[best])
    return Diagnosis(
        codec=best,
        channel=f"utf-8 → {best} → C1 stripped",
        score=scores[best],
        runner_up=ranked[1] if len(ranked) > 1 else None,
        runner_up_score=scores[ranked[1]] if len(ranked) > 1 else 0.0,
    )


def _score(lines: list[str], codec: str) -> float:
    known = table(codec)
    total = 0.0
    for line in lines:
        reading = read(line, known)
        if reading.tokens:
            total += line_points(line, reading, known)
    return total


def repair(text: str, diagnosis: Diagnosis | None = None, style: Style | None = None) -> Repair:
    """Repair line by line with the evidence of the whole document."""
    if text.isascii():
        return Repair(text=text)
    found = diagnosis if diagnosis is not None else diagnose(text)
    if found.codec is None:
        return Repair(text=text)
    known = table(found.codec)
    steps: list[Step] = []
    flagged: list[int] = []
    out: list[str] = []
    offset = 0
    for number, line in enumerate(text.split("\n"), 1):
        fixed = line
        if not line.isascii():
            edits = repair_line(line, known, style or found.style)
            if edits is None:
                flagged.append(number)
            elif edits:
                fixed = _apply(line, edits)
                steps += (_step(line, edit, offset) for edit in edits)
        out.append(fixed)
        offset += len(line) + 1
    if not steps and not flagged:
        return Repair(text=text)
    mean = sum(step.posterior for step in steps) / len(steps) if steps else 1.0
    return Repair(
        text="\n".join(out),
        steps=tuple(steps),
        confidence=mean,
        channel=found.channel if steps else None,
        flagged=tuple(flagged),
    )


def _apply(line: str, edits: list[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += line[at : edit.start], edit.text
        at = edit.end
    return "".join([*parts, line[at:]])


def _step(line: str, edit: Edit, offset: int) -> Step:
    return Step(
        offset=offset + edit.start,
        raw=line[edit.start : edit.end],
        replacement=edit.text,
        kind=edit.kind,
        posterior=edit.posterior,
        candidates=edit.candidates,
        reason=edit.reason,
    )


def restore(text: str, steps: Iterable[Step]) -> str:
    """The raw text, rebuilt from repaired text and steps."""
    out: list[str] = []
    at = 0
    shift = 0
    for step in steps:
        start = step.offset + shift
        out += text[at:start], step.raw
        at = start + len(step.replacement)
        shift += len(step.replacement) - len(step.raw)
    return "".join([*out, text[at:]])


_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GAP = rf"(?:\u200d|{UNRESOLVED}[\u200d\ufe0f🏻-🏿\u20e3]*)"
_MARK = re.compile(
    rf"(?P<before>[ \t]*)\u200d?{UNRESOLVED}[\u200d\ufe0f🏻-🏿\u20e3]*(?:[ \t]*{_GAP})*(?P<after>[ \t]*)"
)


def shown(repaired: Repair | str, emoji: Literal["drop", "[emoji]"] = "drop") -> str:
    """The text for people: what is unresolved is dropped cleanly or shown as "[emoji]"."""
    text = _BIDI.sub("", repaired if isinstance(repaired, str) else repaired.text)
    if UNRESOLVED not in text:
        return text
    if emoji == "[emoji]":
        return re.sub(rf"\u200d?{UNRESOLVED}[\u200d\ufe0f🏻-🏿\u20e3]*", "[emoji]", text)
    return _MARK.sub(_closed, text)


def _closed(match: re.Match[str]) -> str:
    """What stays of a gap and the blanks around it."""
    follows = match.string[match.end() : match.end() + 1]
    leads = match.string[: match.start()][-1:]
    if leads in ("", "\n") or follows in ("", "\n") or follows in ".,;:!?)]}…’”":
        return ""
    return " " if match["before"] or match["after"] else ""
