"""Whether a plain text is data or source code, which hold sentences too but are no article.

Which error is worse: an article taken for code is worse, because a person waits for it; a stray settings file in
the archive is told by its missing headline.
So a text is data only where it can be read as such to its end, and code only where a third of its lines are:
code shows in the shape of a line (a call, an assignment, a brace at its end), and reporters write none of these.
A pasted table, a list with semicolons or an article that quotes some commands stays far below.

Calibration: the share of such lines is at most 0.01 in articles, cleaned or with the page around them, and in
position papers, and 0.04 in manuals that quote commands; of 300 source, style and settings files all but a few that
are mostly comments have more than 0.35.
"""

from __future__ import annotations

import json
import re
import tomllib

#: Share of lines from which a text is code.
SHARE = 0.3
#: Below so many lines the share says little; a script without line breaks shows in its signs.
FEW = 8
#: Share of signs among the characters that only code has so many of; prose has 0.002.
SIGNS = 0.03
#: Characters looked at.
LOOK = 200_000
#: Data of more characters is not read to its end; no article is as long, and its lines show what it is.
MOST = 3_000_000

_SHAPES = (
    r"[{}\[\]()]+[;,]?",  # brackets alone
    r"[\])}]+\W.{0,80}[;,:{(\[]",
    r".*[)\w\"'\]]\s?\{",  # a block opens
    r".*(?:[A-Za-z_]\w*\(|=|->|::).*[;{(\[]",  # a statement, or the line it begins in
    r"[\"'][^\"']{1,200}[\"']\s?[:=].*",  # "key": value
    r"[\"'].*[\"']\s?,",  # an item of a list
    r"[A-Za-z_][\w.\-\"' ]{0,60}?(?::\s?[\w\[\], |.]{1,60})?\s?[-+*/|:]?=\s?[\"'\[{(\w\-].*",  # name = value
    r"[a-z-]{2,40}\s?:\s?[^;]{1,120};",  # a style
    r"\[{1,2}[\w.\"'-]{1,80}\]{1,2}",  # a section of settings
    r"import\s[\w.]+(?:\sas\s\w+)?;?|from\s[\w.]+\simport\s.*|import\s.*\sfrom\s[\"'].*",
    r"(?:async\s)?(?:def|class|function|fn|func|interface|struct|enum)\s\w+.*[({:]",
    r"(?:if|elif|for|while|with|except|match|case|switch|catch)\b.*[:{]",
    r"(?:else|try|finally|do)\s?[:{]",
    r"(?:return|yield|raise|assert|throw|await)\s(?:.*\w[(.\[]\w.*|.*[)\]=].*|[\w\"']+;?)",
    r"(?:const|let|var|public|private|static|package|namespace|using)\s.*[=;{(].*",
    r"return|pass|break;?|continue;?",
    r"@[a-z_.]+\(.*|@(?:property|override|(?:data|static|class)\w+|[a-z]+_[a-z_]+)",  # not a handle
    r".*\{[^{}]*:[^{}]*\}",  # a rule of a style sheet
    r"#(?:include|define|ifdef|ifndef|endif|!).*",
    r"</?[A-Za-z!?][^<>]*>.*",
    r"/\*.*|\*/|//\s.*|.*\{[%{#].*[%}#]\}.*",
    r"(?:\w+\.)*\w+\(.*\)(?:[;,:.]|\.\w+\(.*)?",
)
_LINE = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))
_SIGNS = re.compile(r"[{}=;<>\\]")
_URL = re.compile(r"https?://\S+")


def what(text: str) -> str | None:
    """What data or code a text is, in plain words; None where it may be something to read."""
    start = text.lstrip()[:1]
    small = len(text) <= MOST
    if small and start in ("{", "[") and _is_json(text):
        return "JSON data"
    head = text[:LOOK]
    lines = [line.strip()[:300] for line in head.splitlines() if line.strip()]
    if not lines:
        return None
    code = sum(map(is_code, lines))
    if small and code and "=" in text and _is_toml(text):
        return "a settings file (TOML)"
    if len(lines) >= FEW:
        return (
            f"mostly source code or markup ({code} of its {len(lines)} lines)" if code >= SHARE * len(lines) else None
        )
    return "source code or markup" if len(_SIGNS.findall(_URL.sub("", head))) > SIGNS * len(head) else None


def is_code(line: str) -> bool:
    """Whether a line has the shape of code.

    >>> is_code("    for name in names:"), is_code("For the council, this is a start; for us it is not:")
    (True, False)
    """
    return bool(_LINE.fullmatch(line.strip()))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_toml(text: str) -> bool:
    try:
        return bool(tomllib.loads(text))
    except (ValueError, RecursionError):
        return False
