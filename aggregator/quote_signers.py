"""Whether a name and what stands beside it sign: a name, a title, the role or the body, and nothing else.

Giving somebody else's words to one of ours is the worse error: "a critic of", "the husband of", "…'s deputy",
"(left)", "in Leeds last week" and "Picture credit" all name one of ours beside words of others.
So nothing is looked for that speaks against a signature; everything beside the name must speak for it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.quote_model import Speaker
from aggregator.quote_people import plain

_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Baroness|Cllr|Rev)\.? )?"
_WORD = r"[A-ZÀ-ÖØ-Þ][\w'&-]*"
_BODY = rf"(?:[Tt]he )?{_WORD}(?:(?: (?:of|for|and|the|&))* {_WORD}){{0,9}}"
#: Bodies that a speaker may be of; houses that print pictures and news are none.
_OURS = re.compile(r"\b(?:Guild|Union|Association|Federation|Society|League|Alliance|Network|Institute)\b")
_THEIRS = re.compile(
    r"\b(?:press|news\w*|media|images?|photo\w*|pictures?|pic|credits?|captions?|agency|correspondents?|reporters?|"
    r"editors?|writers?|columnists?|interviews?|rally|conference|congress|protest|critics?|husband|wife|partner|"
    r"predecessor|successor|deputy|rival|voicemail|placard|students?)\b",
    re.IGNORECASE,
)
#: Where the setting names no role.
_ANY_ROLE = r"general secretary|(?:vice[- ])?president|chief executive|leader|chair(?:man|woman|person)?|director"


def signs(before: str, after: str, speaker: Speaker) -> bool:
    """Whether a line is the signature of a speaker, given what stands before and after the full name in it.

    >>> wren = Speaker(name="Ada Wren", role="president")
    >>> signs("", ", president of the Heads' Guild", wren), signs("a critic of ", "", wren), signs("", " (left)", wren)
    (True, False, False)
    """
    if _THEIRS.search(before) or _THEIRS.search(after):
        return False
    role = _role(speaker)
    if not re.fullmatch(rf"(?:(?:[Tt]he )?(?:{_WORD} ){{0,7}}(?i:{role}),? )?{_TITLE}", before):
        return False
    rest = after.strip().rstrip(".,")
    if not rest:
        return True
    parts = re.sub(r"^(?:,|[–—-]+ )\s*|^ [–—-]+ ", ",", rest, count=1)
    return parts.startswith(",") and all(_is_part(part.strip(), role, speaker) for part in parts[1:].split(","))


@lru_cache(maxsize=64)
def _role(speaker: Speaker) -> str:
    role = plain(speaker.role or "").strip()
    return re.escape(role).replace(r"\ ", r"[ -]") if role else _ANY_ROLE


def _is_part(part: str, role: str, speaker: Speaker) -> bool:
    """Whether one of the parts between commas is the role, another name or the body of a speaker."""
    aliases = [re.sub(r"^(?:the|a) ", "", plain(alias).strip().lower()) for alias in speaker.aliases]
    if re.sub(r"^the ", "", part.lower()) in aliases:
        return True
    if re.fullmatch(rf"(?:[Tt]he )?(?:{_WORD} ){{0,7}}(?i:{role})(?: (?:of|at|for) {_BODY})?", part):
        return True
    if not re.fullmatch(_BODY, part):
        return False
    words = re.findall(r"[\w&-]+", part)
    known = {word for alias in aliases for word in re.findall(r"[\w&-]+", alias)}
    initials = "".join(word[0] for word in words if word[0].isupper()).lower()
    return initials in known or {word.lower() for word in words} <= known or _OURS.search(part) is not None
