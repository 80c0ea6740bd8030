"""The shortened urls that Bluesky's app writes into posts: "example.org/news/article...".

Which error is worse: an article joined to a post that never named it; thirteen characters of a path are shared by half
of all articles of a paper, so a short url that fits proves nothing by itself.
`fits` therefore wants the card's title as well.

The app shows the host and, of path, query and fragment together, at most fifteen characters: longer ones are cut to
thirteen and "...".
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST, _KEPT = 15, 13
_WORD = re.compile(r"\w+")
_SHORTENED = re.compile(r"(?:https?://)?(?:[\w-]{1,63}\.)+[a-z]{2,24}/[^\s…]{1,40}?(?:\.\.\.|…)", re.I)
_SITE = re.compile(r"\s[-|–—·]\s[^-|–—·]{2,40}$")


def shortened(text: str) -> list[str]:
    """The shortened urls in a text, as they stand there.

    >>> shortened("Read it: www.example.org/news/article... and example.org/a")
    ['www.example.org/news/article...']
    """
    return _SHORTENED.findall(text)


def short_form(url: str) -> str:
    """How the app shows a url; what is no http url stays as it is.

    >>> short_form("https://www.example.org/news/articles/c1a2b3")
    'www.example.org/news/article...'
    >>> short_form("https://example.org/")
    'example.org'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not host:
        return url
    path = "" if parts.path == "/" else parts.path
    path += f"?{parts.query}" if parts.query else ""
    path += f"#{parts.fragment}" if parts.fragment else ""
    return host + (path[:_KEPT] + "..." if len(path) > _LONGEST else path)


def short_matches(short: str, url: str) -> bool:
    """Whether a short url may stand for a url: same host, and the path begins the same.

    Upper case, "www." and the scheme make no difference; "…" is read as "...".

    >>> short_matches("example.org/news/article...", "https://www.example.org/news/articles/c1a2b3")
    True
    """
    shown = _bare(short.replace("…", "..."))
    full = _bare(short_form(url))
    if shown == full:
        return True
    if not shown.endswith("..."):
        return shown.rstrip("/") == _bare(url).rstrip("/")
    host, _, path = shown[:-3].partition("/")
    whole = _bare(url)
    return len(path) >= 3 and whole.partition("/")[0] == host and whole.startswith(f"{host}/{path}")


def fits(short: str, title: str | None, url: str, headline: str | None) -> bool:
    """Whether a short url beside a card's title is an article: host, beginning of the path and title agree."""
    return bool(title and headline) and short_matches(short, url) and _same(title or "", headline or "")


def headline_words(title: str) -> list[str]:
    """The words of a card's title without the site's name, by which its article is looked up."""
    return _WORD.findall(_SITE.sub("", title).casefold())


def _bare(url: str) -> str:
    return re.sub(r"^https?://", "", url.strip().casefold()).removeprefix("www.")


def _same(one: str, two: str) -> bool:
    """Whether two titles are one, the site's name and punctuation apart."""
    plain = [_WORD.findall(text.casefold()) for text in (one, two)]
    bare = [_WORD.findall(_SITE.sub("", text).casefold()) for text in (one, two)]
    return bool(bare[0]) and (plain[0] == plain[1] or bare[0] == bare[1] or plain[0] == bare[1] or bare[0] == plain[1])
