"""Repair text whose bytes were lost on the way; first version: the records and the simplest rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from parsers.model import Record, Step, Style

UNRESOLVED = "\ufffd"


class Diagnosis(Record, frozen=True, kw_only=True):
    """How a document was damaged, judged over all of its lines."""

    codec: str | None = None  # Python's name of the wrong codec; None: undamaged, or left to ftfy
    channel: str | None = None  # in words: "utf-8 → iso-8859-7 → C1 stripped → NBSP to space"
    score: float = 0.0  # sum of evidence
    runner_up: str | None = None
    runner_up_score: float = 0.0
    style: Style | None = None  # house style seen in undamaged text
    # more fields come


class Repair(Record, frozen=True, kw_only=True):
    """Repaired text and how it was made."""

    text: str
    steps: tuple[Step, ...] = ()
    confidence: float = 1.0
    channel: str | None = None
    flagged: tuple[int, ...] = ()

    @property
    def receipt(self) -> str:
        """What was done, in plain words."""
        lost = sum(step.kind == "unresolved" for step in self.steps)
        done = sum(len(step.replacement) for step in self.steps if step.kind != "unresolved")
        return f"repaired {done} characters in {len(self.steps) - lost} places; {lost} emoji lost"


def diagnose(text: str) -> Diagnosis:
    """Evidence over a whole document (or all posts of an export)."""
    if not text.isascii() and re.search(r"[a-z]β(?:s|t|re|ve|ll|d|m)\b|β π \d", text):
        return Diagnosis(
            codec="iso-8859-7", channel="utf-8 → iso-8859-7 → C1 stripped → NBSP to space", score=3.0
        )
    return Diagnosis()


_RULES = re.compile(
    r"β¬ ?|⬠|β¦|π|(?<=\w)β(?=\w)|(?<=[\s(])β(?=\w)|^β(?=\w)|(?<=[.,!?\w])β(?=\W|$)|(?<= )β(?= )"
)


def repair(text: str, diagnosis: Diagnosis | None = None, style: Style | None = None) -> Repair:
    """Repair line by line with the evidence of the whole document."""
    if text.isascii():
        return Repair(text=text)
    diagnosis = diagnosis or diagnose(text)
    if diagnosis.codec is None:
        return Repair(text=text)
    steps: list[Step] = []
    out: list[str] = []
    at = 0
    for match in _RULES.finditer(text):
        raw = match[0]
        before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
        new = {"β¦": "…", "π": UNRESOLVED, "⬠": "\u202c ", "β¬ ": "\u202c ", "β¬": "\u202c"}.get(raw)
        if new is None:
            if before.isalnum() and after.isalnum():
                new = "’"
            elif before == " " and after == " ":
                new = (style or Style()).dash
            else:
                new = "“" if after.isalnum() and not before.isalnum() else "”"
        kind: Literal["unresolved", "context"] = "unresolved" if new == UNRESOLVED else "context"
        steps.append(Step(offset=match.start(), raw=raw, replacement=new, kind=kind, posterior=0.9))
        out += text[at : match.start()], new
        at = match.end()
    return Repair(
        text="".join([*out, text[at:]]), steps=tuple(steps), confidence=0.9, channel=diagnosis.channel
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
_MARK = re.compile(f"(?P<before>[ \t]*){UNRESOLVED}(?:[ \t]*{UNRESOLVED})*(?P<after>[ \t]*)")


def shown(repaired: Repair | str, emoji: Literal["drop", "[emoji]"] = "drop") -> str:
    """The text for people: what is unresolved is dropped cleanly or shown as "[emoji]"."""
    text = _BIDI.sub("", repaired if isinstance(repaired, str) else repaired.text)
    if UNRESOLVED not in text:
        return text
    if emoji == "[emoji]":
        return text.replace(UNRESOLVED, "[emoji]")

    def gap(match: re.Match[str]) -> str:
        follows = match.string[match.end() : match.end() + 1]
        leads = match.string[: match.start()][-1:]
        if leads in ("", "\n") or follows in ("", "\n") or follows in ".,;:!?)]}…’”":
            return ""
        return " " if match["before"] or match["after"] else ""

    return _MARK.sub(gap, text)
