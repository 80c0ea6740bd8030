"""What a news page says about itself: headline, authors, times, outlet, section, address.

Which error is worse: a wrong date or author is worse than none, so only what is stated counts.
Order of trust: JSON-LD, OpenGraph, other meta elements, marked elements of the page; for the date at the very
end `htmldate`, which looks through the text.
The headline is the exception: the visible h1 wins where the page's title repeats it, because JSON-LD and
OpenGraph often hold a line that was rewritten for search engines.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import lxml.html

from parsers import article_authors, article_marks, dates, furniture, html_tree, urls
from parsers.article_ld import all_things, article_of, date_of, fold, page_date, text_of
from parsers.article_marks import Marks, clean, first, pick
from parsers.model import Record

_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)


class Meta(Record, frozen=True, kw_only=True):
    """What a page states; None or empty where it states nothing."""

    headline: str | None = None
    description: str | None = None
    bylines: tuple[str, ...] = ()
    outlet: str | None = None
    section: str | None = None
    published: dates.Stamp | None = None
    searched: bool = False  # it was found in the address, in a time element or by other marks, and may be another's
    updated: dates.Stamp | None = None
    url: str | None = None  # canonical
    language: str | None = None
    body: str | None = None  # articleBody of JSON-LD
    is_article: bool = False  # the page says that it is an article: JSON-LD's type, og:type
    free: bool | None = None  # isAccessibleForFree
    word_count: int | None = None


def of_page(
    html: bytes, url: str | None = None, timezone: str | None = None, content_type: str | None = None
) -> Meta | None:
    """The metadata of a page alone, from its bytes; the same as `read` finds in its tree, at a third of the time.

    None where the page holds no element at all.
    """
    marks = article_marks.of_bytes(html_tree.utf8(html, content_type))
    return of_marks(marks, url, timezone) if marks else None


def read(root: lxml.html.HtmlElement, url: str | None = None, timezone: str | None = None) -> Meta:
    """The metadata of a page: `root` is its tree before stripping, `url` where it came from.

    `timezone` is the zone of times that name none; without it they are read as UTC.
    """
    return of_marks(article_marks.of_tree(root), url, timezone)


def of_marks(marks: Marks, url: str | None, timezone: str | None) -> Meta:
    """The metadata that a page's marks give."""
    metas, things = marks.metas, all_things(marks.scripts)
    structured = article_of(things, fold(" ¦ ".join(_shown_titles(marks))))
    address = _address(structured, marks, url)
    stated = _first_date(_published_words(structured, things, marks), timezone)
    published = _timed(stated, _stamp(marks.time, timezone)) or _searched_date(marks, url)
    updated = _first_date([date_of(structured.get("dateModified")), *pick(metas, _META_UPDATED)], timezone)
    if updated and published and updated.at < published.at:
        updated = None
    return Meta(
        headline=_headline(structured, marks, url),
        description=clean(text_of(structured.get("description"))) or first(pick(metas, _META_DESCRIPTION)),
        bylines=_authors(structured, marks, address),
        outlet=_named_outlet(structured, marks, address),
        section=_section(structured, metas),
        published=published,
        searched=published is not None and stated is None,
        updated=updated,
        url=address,
        language=_language(structured, marks),
        body=_body(structured),
        is_article=bool(structured) or any(kind.startswith("article") for kind in pick(metas, ("og:type",))),
        free=_free(structured),
        word_count=_number(structured.get("wordCount")),
    )


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _free(structured: dict[str, Any]) -> bool | None:
    value = structured.get("isAccessibleForFree")
    if isinstance(value, bool) or value is None:
        return value
    return {"true": True, "false": False}.get(str(value).lower())


def _body(structured: dict[str, Any]) -> str | None:
    body = structured.get("articleBody")
    if not isinstance(body, str) or len(body) < 300:
        return None
    body = html.unescape(html.unescape(body))
    if re.search(r"</(?:p|div|br|h\d)>|<br\s*/?>", body):
        body = re.sub(r"<(?:/p|/div|/h\d|br\s*/?)>", "\n\n", body)
        body = re.sub(r"<[^<>]{1,500}>", " ", body)
    return body


# ------------------------------------------------------------------ meta elements


_META_TITLE = ("og:title", "twitter:title", "sailthru.title", "parsely-title", "dc.title", "title")
_META_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description")
_META_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "article.published",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "article_date_original",
    "cxenseparse:recs:publishtime", "originalpublicationdate", "rnews:datepublished", "date", "article:published",
    "ptime", "published_time", "displaydate", "dcterms.issued", "dc.date.created", "article:published_date",
)  # fmt: skip
_META_UPDATED = (
    "article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified", "dcterms.modified",
    "dc.date.modified", "last-modified", "lastmod", "utime", "updated_time", "article.updated",
)  # fmt: skip
_META_OUTLET = ("og:site_name", "application-name", "publisher", "dc.publisher", "article:publisher_name")
#: Also what a page calls the source of its text; some put their sections there.
_META_SOURCE = ("source", "dc.publisher.corporatename")
_META_SECTION = ("article:section", "og:article:section", "section", "parsely-section", "cxenseparse:category")


# ------------------------------------------------------------------ fields


def _heads(marks: Marks) -> list[str]:
    """The page's h1 elements, as text."""
    return [text for head in marks.heads if (text := clean(head)) and len(text) < 400]


def _title(marks: Marks) -> str | None:
    return first(map(clean, marks.titles))


def _shown_titles(marks: Marks) -> list[str]:
    """What the page calls itself outside of JSON-LD."""
    return [text for text in (_title(marks), *pick(marks.metas, _META_TITLE[:2]), *_heads(marks)[:3]) if text]


def _headline(structured: dict[str, Any], marks: Marks, url: str | None) -> str | None:
    """The h1 that the page's titles repeat, else JSON-LD, else OpenGraph without the outlet's name, else the h1."""
    shown, title, metas = _heads(marks), _title(marks), marks.metas
    titles = (title, *pick(metas, _META_TITLE[:2]), clean(text_of(structured.get("headline"))))
    outlet = _outlet(structured, metas) or _host_name(url)
    if repeated := _repeated(shown, [fold(text) for text in titles if text], outlet):
        return repeated
    stated = clean(text_of(structured.get("headline"))) or first(pick(metas, _META_TITLE))
    if stated:
        return _without_outlet(stated, outlet)
    if len(shown) == 1 and (not title or _speaks_of(shown[0], _without_outlet(title, outlet))):
        return shown[0]
    return _without_outlet(title, outlet) if title else first(shown[:1])


def _repeated(shown: Sequence[str], titles: Sequence[str], outlet: str | None) -> str | None:
    """The h1 that a title repeats, best at its beginning: at its end stands the name of the outlet."""
    said = [text for text in shown if furniture.length(text) >= 2 and fold(text) != fold(outlet or "")]
    found = [text for text in said if any(fold(text) in title for title in titles)]
    leading = (text for text in found if any(title.startswith(fold(text)) for title in titles))
    return next(leading, None) or first(found)


def _speaks_of(head: str, title: str) -> bool:
    """Whether a heading shares a third of its longer words with the page's title; a section's name shares none."""
    words = [word for word in fold(head).split() if len(word) > 3]
    return 3 * sum(word in fold(title).split() for word in words) >= len(words)


def _host_name(url: str | None) -> str | None:
    """The telling part of a host's name: "marltimes" of www.marltimes.example."""
    parts = (urls.host(url) or "").split(".") if url else []
    return max(parts[:-1], key=len, default=None) if parts[-1:] != ["uk"] else max(parts[:-2], key=len, default=None)


def _named_outlet(structured: dict[str, Any], marks: Marks, address: str | None) -> str | None:
    """Who publishes the page: as it states; where that is a domain, its name at the end of the title; else the title.

    What it calls its source counts last.
    """
    stated = _outlet(structured, marks.metas)
    if stated and stated.casefold().startswith("www."):
        return _host_in_title(marks, address or f"http://{stated.casefold()}/") or stated
    sources = (name for name in pick(marks.metas, _META_SOURCE) if _is_outlet(name) and _is_own(name, marks, address))
    return stated or _outlet_of_title(marks, address) or _host_in_title(marks, address) or first(sources)


_SECTIONS_AND_NAME = re.compile(r"(?:\s+[|\-–—·•»]\s+[^|–—·•»]{2,40}?){0,3}\s+[|\-–—·•»]\s+([^|–—·•»]{2,50})")
#: Words with which names of outlets end and those of sections hardly ever.
_OUTLET_WORD = re.compile(
    r"(?:.+ )?(?:[Tt]he )?[A-Z]\S+ (?:Times|Gazette|Herald|Telegraph|Guardian|Tribune|Chronicle|Courier|Observer|Argus|"
    r"Advertiser|Examiner|Mercury|Newspaper)|"
    r"(?:The )?(?:[A-Z]\S+ )*(?:Daily|Evening|Morning) (?:Mail|Post|Star|Standard|Mirror|Express|Record|Press|Echo)|"
    r"[A-Z][a-z]+(?:Week|Times|Post|News|Herald|Gazette)|[A-Z].*\bBroadcasting (?:Corporation|Company|Service)\)?|"
    r"\w{2,8}[网社报報]"
)
#: Marks that name the outlet without being its statement of who publishes.
_META_OWN = ("twitter:site", "al:ios:app_name", "al:android:app_name", "apple-mobile-web-app-title", "copyright")
_RIGHTS = re.compile(r"^(?:@|(?:copyright|©|\(c\)|\d{4}|the|[\s,.–-])+)", re.IGNORECASE)


def _outlet_of_title(marks: Marks, address: str | None) -> str | None:
    """The name after the headline in the page's title: "Schools to close | Marl Times".

    What stands there may as well be a section, a place, an author or more of the title, so something else has to say
    that it is the outlet.
    """
    title = _title(marks) or ""
    head = next((head for head in _heads(marks) if title.startswith(head)), None)
    found = _SECTIONS_AND_NAME.fullmatch(title[len(head) :][:200]) if head else None
    if not found or len(found[1].split()) > 5 or _DOMAIN.fullmatch(found[1]):
        return None
    return found[1] if _is_own(found[1], marks, address) else None


def _is_own(name: str, marks: Marks, address: str | None) -> bool:
    """Whether a name is the host's, or ends as outlets' names do, or a mark of the page has it too."""
    own, host = _plain(name).removeprefix("the"), _site_label(address).removeprefix("the")
    if (host and own == host) or _OUTLET_WORD.fullmatch(name):
        return True
    said = (_plain(_RIGHTS.sub("", text)).removeprefix("the") for text in pick(marks.metas, _META_OWN))
    return len(own) > 2 and any(own == text.removesuffix("ltd").removesuffix("limited") for text in said)


_LAST_OF_TITLE = re.compile(r"(?:\s[|\-–—·•:»]\s+|[：｜])([^|–—·•»：｜]{2,40})$")
_TOP_DOMAIN = re.compile(r"\.(?:com|org|net|info|(?:co\.|org\.)?[a-z]{2})$", re.IGNORECASE)


def _host_in_title(marks: Marks, url: str | None) -> str | None:
    """The name at the end of the page's title that the page's host has too: "Schools to close - Marl.com"."""
    found, host = _LAST_OF_TITLE.search(_title(marks) or ""), _site_label(url)
    if not found or not host:
        return None
    name = _TOP_DOMAIN.sub("", found[1].strip())
    if host == _plain(name):
        return name
    # "Marl pupils speak out" on marl.example goes on with the title.
    is_name = all(not word[0].islower() for word in name.split())
    return name if is_name and host == _plain(name.split(" ")[0]) and len(name.split()) <= 2 else None


def _site_label(url: str | None) -> str:
    """What a host's owner chose of its name: "marl" of news.marl.co.uk; empty without one."""
    parts = (urls.host(url) or "").split(".") if url else []
    # Of news.marl.co.uk it is the third part from the end: "News" at the end of a title is a section.
    second = len(parts) > 2 and parts[-2] in ("co", "com", "org", "net", "ac", "gov", "sch")
    label = parts[-3] if second else parts[-2] if len(parts) > 1 else ""
    return label.replace("-", "")


def _plain(name: str) -> str:
    """The letters and digits of a name as a host has them: "Libération" is "liberation"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _without_outlet(title: str, outlet: str | None) -> str:
    """A title without the outlet's name at its end: "Head – The Paper" becomes "Head".

    >>> _without_outlet("Schools to close early | Marl Times", "Marl Times")
    'Schools to close early'
    """
    found = re.match(r"^(.*\S)(?:\s+[|\-–—·•:»]\s+|\s*[｜：]\s*)([^|–—·•»｜：]{2,50})$", title)
    if not found:
        return title
    tail = fold(found[2])
    known = fold(outlet or "")
    if known and (tail in known or known in tail or known == tail.replace(" ", "")):
        return found[1]
    return found[1] if "|" in title and len(found[2].split()) <= 4 else title


def _authors(structured: dict[str, Any], marks: Marks, address: str | None) -> tuple[str, ...]:
    stated = [structured.get("author"), structured.get("creator")]
    return article_authors.names(stated, marks, _outlet(structured, marks.metas), _host_name(address))


def _outlet(structured: dict[str, Any], metas: dict[str, list[str]]) -> str | None:
    stated = [*pick(metas, _META_OUTLET[:1]), clean(text_of(structured.get("publisher"))) or ""]
    names = [name for name in (*stated, *pick(metas, _META_OUTLET[1:])) if _is_outlet(name)]
    # A domain's name is better spelled elsewhere; an application's name may be a section's.
    site = max(names[0].casefold().split(".")[:-1], key=len) if names and _is_site(names[0]) else ""
    best = first(name for name in names if not _is_site(name) and (name in stated or _alike(name, site))) or first(
        names
    )
    return best.split(" | ")[0] if best else None


def _alike(name: str, site: str) -> bool:
    """Whether a name is one that a site may bear: "The Telegraph" of telegraph.co.uk."""
    return site in _plain(name) or _plain(name) in site


def _is_site(name: str) -> bool:
    return bool(_DOMAIN.fullmatch(name))


def _is_outlet(name: str) -> bool:
    return bool(name) and not name.startswith(("http", "#", "@")) and len(name) <= 80


def _section(structured: dict[str, Any], metas: dict[str, list[str]]) -> str | None:
    section = clean(text_of(structured.get("articleSection"))) or first(pick(metas, _META_SECTION))
    if not section or len(section) > 60:
        return None
    return section.strip("/").rpartition("/")[2].replace("_", " ") if section.startswith("/") else section


_DATED = article_marks.search("//@itemprop[.='datePublished']/..")


def _published_words(
    structured: dict[str, Any], things: Sequence[dict[str, Any]], marks: Marks
) -> Iterator[str | None]:
    yield date_of(structured.get("datePublished"))
    yield date_of(structured.get("dateCreated"))
    if not structured:
        yield page_date(things)
    yield from pick(marks.metas, _META_PUBLISHED)
    root = marks.tree_of_date()
    for element in _DATED(root)[:3] if root is not None else ():
        yield element.get("datetime") or element.get("content") or article_marks.text_of(element)


#: "/2026/politics/11/8/": the section stands between year and day.
_SECTION_IN_DATE = re.compile(r"/((?:19|20)\d\d)/[A-Za-z_-]{3,30}/(\d{1,2})/(\d{1,2})/")


def _searched_date(marks: Marks, url: str | None) -> dates.Stamp | None:
    """The day of publication that htmldate finds in the page's other marks; it does not guess from the text."""
    import htmldate  # loaded only for pages that say nothing themselves

    address = url or first(marks.canonicals)
    if found_in := _SECTION_IN_DATE.search(address or ""):
        return dates.parse("-".join((found_in[1], found_in[2].zfill(2), found_in[3].zfill(2))))
    # It asks the address first, and for that needs no tree.
    for tree in (lambda: lxml.html.Element("html"), marks.whole):
        try:
            found = htmldate.find_date(tree(), extensive_search=False, original_date=True, url=address)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None
        if found:
            return dates.parse(found)
    return None


def _first_date(texts: Iterable[str | None], timezone: str | None) -> dates.Stamp | None:
    """The first text that is a date; a day alone only where no later text gives the same day's time."""
    day: dates.Stamp | None = None
    for text in texts:
        stamp = _stamp(text, timezone)
        if stamp is None:
            continue
        if not stamp.date_only:
            if day is None or abs((stamp.at - day.at).total_seconds()) < 36 * 3600:
                return stamp
        elif day is None:
            day = stamp
    return day


def _timed(stated: dates.Stamp | None, time: dates.Stamp | None) -> dates.Stamp | None:
    """The stated date, with the time of the page's first time element where that is of the same day."""
    if stated is None or time is None or not stated.date_only or time.date_only:
        return stated or time
    return time if time.at.date() == stated.at.date() else stated


def _stamp(text: str | None, timezone: str | None) -> dates.Stamp | None:
    if not text:
        return None
    text = text.strip()
    if re.fullmatch(r"1\d{9}(?:\d{3})?", text):
        return dates.from_epoch(int(text[:10]))
    return dates.parse(text, timezone)


def _address(structured: dict[str, Any], marks: Marks, url: str | None) -> str | None:
    """The canonical address: rel=canonical or og:url where on the site the page came from, else that address."""
    stated = [*marks.canonicals, *pick(marks.metas, ("og:url",))]
    if isinstance(structured.get("url"), str):
        stated.append(structured["url"])
    home = urls.host(url) if url else None
    for text in stated:
        address = urls.canonical(text, url)
        if address and (home is None or _same_site(urls.host(address) or "", home)) and not _is_front(address, url):
            return address
    return urls.canonical(url) if url else None


def _same_site(one: str, other: str) -> bool:
    """Whether two hosts belong together: one is the other or ends with it, "m." and "amp." aside."""
    one, other = (re.sub(r"^(?:m|amp|mobile|edition)\.", "", name) for name in (one, other))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _is_front(address: str, url: str | None) -> bool:
    """Whether a page claims its site's front page as its address, which templates do by mistake."""
    return bool(re.fullmatch(r"https?://[^/]+/", address)) and bool(url) and urls.canonical(url or "") != address


def _language(structured: dict[str, Any], marks: Marks) -> str | None:
    stated = marks.language or text_of(structured.get("inLanguage"))
    stated = stated or first(pick(marks.metas, ("og:locale", "language")))
    found = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", (stated or "").strip())
    return found[0].lower() if found else None
