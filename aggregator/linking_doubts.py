"""Doubts: what speaks against any link of a text, whatever words it shares.

Linking small talk, an advert or somebody's bio is the worse error: each sign takes something off every margin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

DOUBT, MOST_DOUBTS = 0.3, 4  # of the margin for each sign that a text is about nothing of ours
# Who says what they are ("Director, Somewhere Trust"; "National charity supporting …") speaks of no position.
SELF_DOUBT, LONGEST_SELF = 3.0, 300  # of the margin; characters
_ROLE = (
    r"CEO|PhD student|doctoral student|chair(?:man|woman)?|(?:co-?)?founder|director|trustee|professor|lecturer|author"
    r"|journalist|editor|columnist|consultant|civil servant|governor|principal|HT|researcher|advis[eo]r|economist"
)
_SELF = re.compile(rf"\W*(?!(?:our|the)\b)(?:[\w-]+\s+){{0,2}}(?:{_ROLE})\s*[,|;&](?!\s*\d)", re.IGNORECASE)
# News of somebody begins alike, but tells what they did: “County governor, Ada Marsh, told MPs …”.
_NEWS = re.compile(
    r"[,;&]\s*(?:[^\W\d_](?:\w{0,2}\.|[\w’'-]*),?\s+){1,8}?"  # a full stop only behind “Dr.” and the like
    r"(?:told|tells|said|says|has|have|had|is|was|will|would|calls|called|warns|warned|urges|urged|asks|asked|argues"
    r"|argued|explains|explained|welcomes|welcomed|wants|speaks|spoke|gives|gave|met|sets|responds|responded|reacts"
    r"|joins|joined|insists|insisted|demands|demanded|adds|added|backs|backed|writes\s+that|wrote|criticise[sd]"
    r"|condemn(?:s|ed))\b"
)
_BODY = re.compile(
    r"\W*(?:[\w-]+\s+){0,3}(?:charity|organisation|network|foundation|think tank|consultancy)"
    r"\s+(?:supporting|working|helping|dedicated|committed)\b",
    re.IGNORECASE,
)
NAME_LENGTH, NAME_SIGNS = 50, 3  # characters; a line of capitalised words is a name or a job, and counts three signs


def doubt(text: str, keys: Sequence[str], doubtful: set[str] | frozenset[str]) -> float:
    """How much speaks against any link: small talk, adverts, bare names, subjects that no statement knows."""
    signs = 0 if doubtful.isdisjoint(keys) else len(doubtful.intersection(keys))
    if keys and len(text) < NAME_LENGTH and all(word[0].isupper() for word in text.split() if word[0].isalpha()):
        signs += NAME_SIGNS
    return DOUBT * min(signs, MOST_DOUBTS) + (SELF_DOUBT if is_self_description(text) else 0.0)


def is_self_description(text: str) -> bool:
    """Whether a short text says what a person or a body is: a role and a comma, a charity and what it works for.

    >>> is_self_description("PhD student, University of the Isles"), is_self_description("Principal, 52, fined")
    (True, False)
    >>> is_self_description("Director, Lantern Trust. I said yes"), is_self_description("Governor, Ada May, said no")
    (True, False)
    """
    if len(text) > LONGEST_SELF:
        return False
    role = _SELF.match(text)
    return bool(_BODY.match(text) or (role and not _NEWS.match(text, role.end() - 1)))
