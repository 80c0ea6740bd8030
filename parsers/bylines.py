"""Who wrote it: names out of a line under a headline.

Which error is worse: a wrong name in the archive is worse than none, so a byline has to look like one:
"By" and capitalised names, or a name above a journalist's job.
"""

from __future__ import annotations

import re

_NAME = r"(?:[A-Z][\w'’\-.]*|de|da|van|von|der|la|le|el|bin|al)"
_BYLINE = re.compile(
    r"^(?:(?:[Ww]ritten|[Rr]eported|[Pp]osted|[Ww]ords|[Ss]tory|EXCLUSIVE|[Ee]xclusive)(?:\s+by:?|:)|"
    rf"[Bb]y:?|BY:?)\s+(?P<names>{_NAME}(?:(?:\s+|,\s*|\s*&\s*|\s+and\s+){_NAME}){{0,11}})"
    r"(?P<rest>(?:\s*[,|–—·•-]\s*.{0,80}|\s+(?:in|at|for)\s+[A-Z].{0,40}|"
    r"\s+\w+ (?:editor|reporter|correspondent|writer).{0,40})?)$"
)
_FOREIGN = re.compile(
    r"(?:Von|VON|von|Par|PAR|Por|POR|por|Di|DI|Door|Texto?:)"
    r"(?: (?:[A-ZÀ-Þ][\w'’.-]+|de|da|do|dos|van|von|der|e|et|und|y)){2,6}"
    r"(?:\s?[,|–—-]\s?[^.!?]{2,50})?"
)
_JOB = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|columnists?|staff writers?|chief writer|political writer|contributors?|"
    r"journalists?|specialist|producers?|bureau chief|news service|data unit)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\s*(?:(?:written|reported|report|reporting|words?|posted|story|text|analysis|interview|review|"
    r"(?:view |see |read )?(?:all |more )?(?:posts|articles|stories))\s+)?by:?\s+",
    re.IGNORECASE,
)
_PICTURES = re.compile(
    r"^\s*(?:photo\w*|pictures?|images?|illustrations?|graphics?|videos?)\s+(?:by|from):?\s", re.IGNORECASE
)
#: Who writes "admin" says nothing about who wrote it.
_NOBODY_TEXT = """
    admin administrator webmaster editor editorial newsroom newsdesk staff agency agencies guest anonymous unknown
    author user web online contributor redaktion redazione redacción redacao redação rédaction redactie superuser
"""
_NOBODY = frozenset(_NOBODY_TEXT.split())
_SPLIT = re.compile(r"\s*(?:[,;|•·/\n]|&|\band\b|\bwith\b)\s*")
_ADDRESS = re.compile(r"(?:https?:)?//\S+$|www\.\S+$|@\w+$", re.IGNORECASE)
_BIO = re.compile(
    r",? (?:is (?:an? |the |our |based |currently |also )|was (?:an? |the |our )|has (?:been|covered|written)\b|"
    r"covers\b|"
    r"reports (?:on|for|from)\b|writes (?:about|on|for)\b|joined\b|works (?:for|as)\b)"
)
_PERSON = re.compile(r"[A-Z][\w’'.-]+(?: (?:de|da|van|von|der|la|le|el|bin|al|[A-Z][\w’'.-]*)){1,3}")
_FIRST_NAMES = re.compile(r"[A-Z][\w’'-]+ (?:(?:de|da|van|von|der) )?[A-Z][\w’'-]+(?= )")
_FOLLOW = re.compile(
    r"(?:follow|contact|e-?mail|reach) (?:him|her|them|me|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})(?: on| at| via|:)",
    re.IGNORECASE,
)
#: Letters after a name.
_DEGREE = re.compile(
    r"(?:M\.?D|M\.?A|B\.?A|B\.?Sc|M\.?Sc|Ph\.?D|D\.?Phil|M\.?B\.?A|M\.?P\.?H|R\.?N|R\.?D|J\.?D|Esq|Jr|Sr|Q\.?C|K\.?C|"
    r"[OMC]\.?B\.?E|FRCP|FRS)\.?"
)
#: What stands after a name with a dash between is a job or an agency.
_AFTER_DASH = re.compile(r"^([^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*)+)\s+[–—-]\s+.*$")
_MOMENT = re.compile(r"\b(?:ago|min(?:ute)?s?|hours?|hrs?)\b|\d[:/]\d|\b(?:19|20)\d\d\b")
#: A name of two words and the outlet's address behind it: "Ada Marsh Marl.com Archive".
_SITE_BEHIND = re.compile(r"(?<=\w )(\S+) \S+\.(?:com|net|org|co\.uk)\b.*$")
_PLACE = re.compile(r"\s+(?:in|[Ff]or|FOR|at)\s+.*$")
_BRACKETS = re.compile(r"\s*\([^()]{1,60}\)$")


def is_byline(line: str) -> bool:
    """Whether the line says who wrote it, in the form "By A Name".

    >>> is_byline("By Ada Marsh"), is_byline("By Friday the plan was dead.")
    (True, False)
    """
    return line[:1] in "bBwWrRpPsSaAeE" and len(line) < 200 and bool(_BYLINE.match(line))


def is_foreign_byline(line: str) -> bool:
    """Whether a line of a page is nothing but "Von A Name" or "Por A Name, a place", as other languages have it.

    >>> is_foreign_byline("Von Ilse Brandner"), is_foreign_byline("Von Hamburg nach Marl fuhr er mit dem Rad")
    (True, False)
    """
    return line[:1] in "VvPpDdT" and len(line) < 120 and bool(_FOREIGN.fullmatch(line))


def byline(line: str) -> tuple[str, ...]:
    """The names in a line of the form "By A Name and B Name, Reporter"; empty where it is none.

    >>> byline("By Ada Marsh and Tom Okoro, education reporters")
    ('Ada Marsh', 'Tom Okoro')
    """
    found = _BYLINE.match(line.strip()) if len(line) < 200 else None
    return split_names(found["names"]) if found else ()


def split_names(text: str) -> tuple[str, ...]:
    """Several people in one string as single names, jobs, addresses and "By" left out, order kept.

    >>> split_names("By ADA MARSH, Education Editor; and Tom Okoro")
    ('Ada Marsh', 'Tom Okoro')
    """
    names: list[str] = []
    if _ADDRESS.match(text.strip()):
        return ()
    for part in _SPLIT.split(_LEAD.sub("", text.strip()[:500])):
        if _PICTURES.match(part):
            continue
        name = _PLACE.sub("", _BRACKETS.sub("", _AFTER_DASH.sub(r"\1", _LEAD.sub("", part)))).strip(" .-–—")
        name = _SITE_BEHIND.sub(r"\1", name)
        if _is_name(name):
            name = _capitalised(name) if name.isupper() and len(name) > 3 else name
            if name not in names:
                names.append(name)
    return tuple(names) or name_and_job(text.strip())


def is_job_title(line: str) -> bool:
    """A journalist's job under a byline, at most six words.

    >>> is_job_title("Education correspondent")
    True
    """
    return len(line) < 60 and len(line.split()) <= 6 and bool(_JOB.search(line)) and not line.endswith(".")


def bare_name(line: str) -> tuple[str, ...]:
    """A line that is nothing but one or two names of two to four capitalised words each.

    >>> bare_name("Ada Marsh and Tom Okoro"), bare_name("Terms Of the trade")
    (('Ada Marsh', 'Tom Okoro'), ())
    """
    names = split_names(line)
    return names if names and all(_PERSON.fullmatch(name) for name in names) else ()


def name_and_job(line: str) -> tuple[str, ...]:
    """The name at the start of "Ada Marsh Education correspondent"; a name here has two words.

    >>> name_and_job("Ada Marsh Education correspondent")
    ('Ada Marsh',)
    """
    if not is_job_title(line) or not 3 <= len(line.split()) <= 6:
        return ()
    found = _FIRST_NAMES.match(line)
    return (found[0],) if found and not _JOB.search(found[0]) else ()


def is_about_author(line: str, names: tuple[str, ...]) -> bool:
    """Whether a last paragraph tells who the author is: "Ada Marsh is our education editor."

    >>> is_about_author("Ada Marsh is the education editor of the Marl Times.", ("Ada Marsh",))
    True
    """
    if len(line) > 500:
        return False
    if _FOLLOW.match(line):
        return True
    return any(line.startswith(name) and _BIO.match(line[len(name) :]) for name in names if " " in name)


def _is_name(text: str) -> bool:
    if not text or len(text) > 60 or "http" in text or "@" in text or "www." in text:
        return False
    if _DEGREE.fullmatch(text) or _MOMENT.search(text):
        return False
    return bool(re.search(r"[^\W\d_]", text)) and not _JOB.search(text) and text.casefold() not in _NOBODY


def _capitalised(name: str) -> str:
    """A shouted name in ordinary letters: O'NEILL becomes O'Neill."""
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)
