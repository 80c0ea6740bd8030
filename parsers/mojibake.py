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
from collections.abc import Iterator
from typing import Literal

from parsers.model import Record, Step, Style
from parsers.mojibake_channel import CODECS, byte_chars
from parsers.mojibake_choice import habits
from parsers.mojibake_evidence import RARE, line_points, read, sample
from parsers.mojibake_line import UNRESOLVED, repair_line
from parsers.mojibake_lossless import SHARED, fix_line, fixed, suspicious
from parsers.mojibake_places import artefact
from parsers.mojibake_steps import apply, compose, restore, step
from parsers.mojibake_tables import Table, table
from parsers.mojibake_tables import symbols as known_symbols

__all__ = ["Diagnosis", "Repair", "diagnose", "repair", "restore", "shown"]

# Evidence below this is not believed: one contraction proves damage, one "We love π" does not.
ENOUGH = 1.0


class Diagnosis(Record, frozen=True, kw_only=True):
    """How a document was damaged, judged over all of its lines."""

    codec: str | None = None  # Python's name of the wrong codec; None: undamaged, or left to ftfy
    codecs: tuple[str, ...] = ()  # all layers of damage, outermost first
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


_STARTS = (0xC2, 0xC3, 0xE2, 0xF0)
_SUSPECTS = re.compile("[" + "".join(sorted({byte_chars(codec)[lead] for codec in CODECS for lead in _STARTS})) + "†]")
_LAYERS = 3
_FIRST_LOOK = 40  # lines that sort out the codecs that do not fit at all
_PROVEN = 6  # places without all their bytes that rule ftfy out
_CLEAR = 6.0  # evidence that stands although no byte is lost
_EVIDENCE = 5_000  # characters of a line that are weighed


def diagnose(text: str) -> Diagnosis:
    """Evidence over a whole document (or all posts of an export); reads at most 300 of its damaged lines."""
    if text.isascii() or not _SUSPECTS.search(text):
        return Diagnosis()
    raws = sample(line[:_EVIDENCE] for line in text.split("\n") if not line.isascii() and _SUSPECTS.search(line))
    if _C1.search(text) and not _leftover(raws, [fixed(line) for line in raws]):
        return Diagnosis()  # nothing was stripped, and ftfy can do it all
    lines, style = raws, habits(text)
    found: list[Diagnosis] = []
    while len(found) < _LAYERS:
        doubtful = [line for line in lines if _SUSPECTS.search(line)]
        layer = _layer(doubtful) if doubtful else Diagnosis()
        if layer.codec is None:
            break
        found.append(layer)
        known = table(layer.codec)
        lines = [apply(line, repair_line(line, known, style) or ()) for line in lines]
    if not found:
        return layer
    codecs = tuple(layer.codec for layer in found if layer.codec)
    if codecs[0] in SHARED and _ftfy_does_better(raws, lines, codecs[0], found[0].score):
        return Diagnosis(score=found[0].score)
    first = found[0]
    return Diagnosis(
        codec=first.codec,
        codecs=codecs,
        channel=_words(codecs, text),
        score=first.score,
        runner_up=first.runner_up,
        runner_up_score=first.runner_up_score,
        style=style,
    )


_LEFTOVER = re.compile(_SUSPECTS.pattern + "|[\x80-\x9f]")


def _ftfy_does_better(raws: list[str], ours: list[str], codec: str, score: float) -> bool:
    """Whether ftfy alone leaves no more damage than we do; a few gaps of its own are forgiven.

    Where nothing is lost its heuristics are the better ones.
    """
    hidden = _hidden(raws, table(codec))
    if hidden >= _PROVEN:
        return False
    if not hidden and score < _CLEAR:
        return True
    theirs = [fixed(line) for line in raws]
    return _leftover(raws, theirs) <= _leftover(raws, ours)


def _hidden(lines: list[str], known: Table) -> int:
    """Places that lost bytes, less the characters that the codec cannot explain, until they are proof."""
    count = places = 0
    for line in lines:
        reading = read(line, known)
        lost = sum(token.entry.hidden and token.entry.weight >= RARE for token in reading.tokens)
        places += lost
        count += lost - reading.foreign - reading.stray
        if count >= _PROVEN:
            break
    return (count or -1) if places else 0


def _leftover(raws: list[str], results: list[str]) -> int:
    gaps = sum(line.count(UNRESOLVED) for line in results)
    odd = sum(
        char not in known_symbols() and not char.isalpha()
        for raw, line in zip(raws, results, strict=True)
        if raw != line
        for char in set(line) - set(raw)
        if char > "\x7f"
    )
    eaten = sum(
        max(0, raw.count(" ") - line.count(" ") - line.count("à") - line.count("\xa0"))
        for raw, line in zip(raws, results, strict=True)
    )
    return (gaps if gaps > 2 else 0) + odd + eaten + sum(len(_LEFTOVER.findall(line)) for line in results)


def _layer(lines: list[str]) -> Diagnosis:
    """The codec that explains these lines best."""
    suspects = {char for line in lines for char in _SUSPECTS.findall(line)}
    possible = [codec for codec in CODECS if suspects & {"†", *(byte_chars(codec)[lead] for lead in _STARTS)}]
    if len(lines) > 2 * _FIRST_LOOK:
        first = {codec: _score(sample(lines, _FIRST_LOOK), codec) for codec in possible}
        best = max(first.values())
        possible = [codec for codec in possible if first[codec] >= best - abs(best) / 2]
    scores = {codec: _score(lines, codec) for codec in possible}
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    return Diagnosis(
        codec=ranked[0] if scores[ranked[0]] >= ENOUGH else None,
        score=scores[ranked[0]],
        runner_up=ranked[1] if len(ranked) > 1 else None,
        runner_up_score=scores[ranked[1]] if len(ranked) > 1 else 0.0,
    )


def _score(lines: list[str], codec: str) -> float:
    known = table(codec)
    total = 0.0
    for line in lines:
        reading = read(line, known)
        if reading.tokens or "†" in line:
            total += line_points(line, reading, known)
    return total


_C1 = re.compile("[\x80-\x9f]")


def _words(codecs: tuple[str, ...], text: str) -> str:
    """The channel in words; several codecs are taken for files put together, one codec twice for two layers."""
    nested = len(set(codecs)) == 1
    words = ["utf-8", codecs[0], *(word for codec in codecs[1:] if nested for word in ("utf-8", codec))]
    known = table(codecs[0])
    lead = known.leads[0]
    if not _C1.search(text):
        words.append("C1 stripped")
    if f"{lead} " in text and "\xa0" not in text:
        words.append("NBSP to space")
    if any(artefact(char, known) for char in set(text) if char > "\u2030" and char not in known.repertoire):
        words.append("ftfy")
    elsewhere = "" if nested else "; in places " + ", ".join(codecs[1:])
    return " → ".join(words) + elsewhere


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
    for _ in range(_LAYERS):
        if done.text.isascii() or done.text == text:
            return done
        more = _passes(done.text, diagnose(done.text), style)
        if more.text == done.text:
            return done
        steps = compose(done.steps, more.steps, done.text)
        done = _made(more.text, steps, done.channel, more.flagged)
    return Repair(text=text, flagged=tuple(number for number, _ in _damaged(text)))


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
    for codec in found.codecs:
        after, more, left = _lossy(current, table(codec), style or found.style)
        steps = compose(steps, more, current)
        current, flagged = after, flagged + left
    channel = found.channel
    if suspicious(current):
        after, more = _lossless(current, lossy=bool(found.codecs))
        if more:
            channel = f"{channel}, then ftfy" if steps else "lossless, by ftfy"
        steps = compose(steps, more, current)
        current = after
    if flagged and len(found.codecs) > 1:
        same = [one == other for one, other in zip(text.split("\n"), current.split("\n"), strict=True)]
        flagged = tuple(number for number in sorted(set(flagged)) if same[number - 1])
    return _made(current, steps, channel, flagged)


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


def _lossless(text: str, lossy: bool) -> tuple[str, tuple[Step, ...]]:
    """One pass with ftfy, over the lines that may need it."""
    steps: list[Step] = []
    lines = text.split("\n")
    offset = 0
    for index, line in enumerate(lines):
        if not line.isascii() and suspicious(line):
            edits = fix_line(line, lossy)
            if edits:
                lines[index] = apply(line, edits)
                steps += (step(line, edit, offset) for edit in edits)
        offset += len(line) + 1
    return "\n".join(lines), tuple(steps)


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
