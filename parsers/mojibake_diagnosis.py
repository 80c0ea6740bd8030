"""How a document was damaged: which codec, how sure, and whether ftfy can do better.

Believing in damage that is not there is the worse error, so a codec needs evidence from the whole document.
"""

from __future__ import annotations

import re

import msgspec

from parsers.model import Record, Style
from parsers.mojibake_channel import CODECS, byte_chars
from parsers.mojibake_choice import habits
from parsers.mojibake_evidence import RARE, line_points, sample
from parsers.mojibake_line import BINARY, repair_line
from parsers.mojibake_lossless import SHARED, fixed
from parsers.mojibake_merged import merged_quotes
from parsers.mojibake_picks import UNRESOLVED
from parsers.mojibake_places import artefact
from parsers.mojibake_reading import read
from parsers.mojibake_status import eaten
from parsers.mojibake_steps import apply
from parsers.mojibake_tables import Table, symbols, table

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
    merged: str = ""  # quotes of which an earlier ftfy left only U+FFFD
    style: Style | None = None  # house style seen in the undamaged text of the document


_STARTS = (0xC2, 0xC3, 0xE2, 0xF0)
_LEADS = "".join(sorted({byte_chars(codec)[lead] for codec in CODECS for lead in _STARTS}))
_SUSPECTS = re.compile(f"[{_LEADS}†]")
LAYERS = 3
_FIRST_LOOK = 40  # lines that sort out the codecs that do not fit at all
_PROVEN = 6  # places without all their bytes that rule ftfy out
_CLEAR = 6.0  # evidence that stands although no byte is lost
_LEFT = 3.0  # the same where ftfy changes nothing
_EVIDENCE = 5_000  # characters of a line that are weighed


def suspect(text: str) -> bool:
    """Whether anything in a text can be what a codec left."""
    return _SUSPECTS.search(text) is not None or "👠" in text


def diagnose(text: str) -> Diagnosis:
    """Evidence over a whole document (or all posts of an export); reads at most 300 of its damaged lines."""
    if text.isascii():
        return Diagnosis()
    found = _damage(text)
    quotes = merged_quotes(text)
    return msgspec.structs.replace(found, merged=quotes) if quotes else found


def _damage(text: str) -> Diagnosis:
    """The layers of damage, but for what an earlier ftfy merged."""
    if not suspect(text):
        return Diagnosis()
    raws = sample(line[:_EVIDENCE] for line in text.split("\n") if not line.isascii() and suspect(line))
    raws = [line for line in raws if not BINARY.search(line)]
    if not raws:
        return Diagnosis()
    if _C1.search(text) and not _leftover(raws, [fixed(line) for line in raws]):
        return Diagnosis()  # nothing was stripped, and ftfy can do it all
    lines, style = raws, habits(text)
    found: list[Diagnosis] = []
    while len(found) < LAYERS:
        doubtful = [line for line in lines if suspect(line)]
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
    known = table(codec)
    if any(eaten(line, known) for line in raws):
        return False  # it has been here
    hidden = _hidden(raws, known)
    if hidden >= _PROVEN:
        return False
    theirs = [fixed(line) for line in raws]
    if not hidden and score < (_LEFT if theirs == raws else _CLEAR):
        return True
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
        char not in symbols() and not char.isalpha()
        for raw, line in zip(raws, results, strict=True)
        if raw != line
        for char in set(line) - set(raw)
        if char > "\x7f" and char != UNRESOLVED
    )
    eaten = sum(
        max(0, raw.count(" ") - line.count(" ") - line.count("à") - line.count("\xa0"))
        for raw, line in zip(raws, results, strict=True)
    )
    return (gaps if gaps > 2 else 0) + odd + eaten + sum(len(_LEFTOVER.findall(line)) for line in results)


def _layer(lines: list[str]) -> Diagnosis:
    """The codec that explains these lines best."""
    suspects = {char for line in lines for char in _SUSPECTS.findall(line) or "†"}
    possible = [codec for codec in CODECS if suspects & {"†", *(byte_chars(codec)[lead] for lead in _STARTS)}]
    if len(lines) > 2 * _FIRST_LOOK:
        first = {codec: _score(sample(lines, _FIRST_LOOK), codec) for codec in possible}
        best = max(first.values())
        possible = [codec for codec in possible if first[codec] >= best - abs(best) / 2]
    scores = {codec: _score(lines, codec) for codec in possible}
    kept = {char for line in lines for char in _C1.findall(line)}
    for codec, score in scores.items():
        if score > 0 and kept - set(byte_chars(codec)):
            scores[codec] = 0.8 * score  # these controls would be visible characters
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
        if reading.tokens or "†" in line or "👠" in line:
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
