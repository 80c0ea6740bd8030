"""Canonical urls: the same page has one address, two pages never share one.

Which error is worse: to merge two pages is worse than to keep one page twice.
So only parameters go that are known to carry nothing but where the reader came from, listed by the vendor
that adds them; `id`, `story_id`, `p`, `token`, `ref` and the like stay on every site.
Schemes, "www.", "m." and "/amp" are left alone for the same reason: on some sites they are other pages.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

#: Parameters that only say where the reader came from, by who adds them; a final * stands for any ending.
TRACKING: dict[str, tuple[str, ...]] = {
    "Google Analytics and Ads": (
        "utm_*", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "_ga", "_gl", "gad_source", "gad_campaignid",
        "srsltid",
    ),
    "Facebook and Instagram": ("fbclid", "igshid", "igsh", "fb_action_ids", "fb_action_types", "fb_ref", "fb_source"),
    "Microsoft": ("msclkid", "ocid"),
    "Twitter, TikTok, Yandex, LinkedIn, Pinterest": (
        "twclid", "ttclid", "yclid", "_openstat", "li_fat_id", "epik", "ref_src", "ref_url",
    ),
    "Mailchimp": ("mc_cid", "mc_eid"),
    "HubSpot": ("_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking"),
    "Marketo, Adobe, Matomo, Vero, Klaviyo, Drip, Olytics": (
        "mkt_tok", "s_cid", "ef_id", "pk_campaign", "pk_kwd", "pk_source", "pk_medium", "mtm_*", "vero_id",
        "vero_conv", "_ke", "_kx", "__s", "oly_anon_id", "oly_enc_id", "rb_clickid", "wickedid",
    ),
    "Piano, AT Internet": ("at_medium", "at_campaign", "at_custom*", "at_link_*", "at_ptr_*", "at_bbc_team",
                           "at_format", "at_type", "at_creation", "xtor"),
    "BBC": ("ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee", "intlink_from_url", "link_location",
            "xtor", "at_objective"),
    "The Guardian": ("cmp", "cmp_*", "intcmp", "icid", "dcmp"),
    "Mail Online and Metro": ("ito", "ico"),
    "Telegraph, Reach, Times": ("wt.mc_id", "wt.tsrc", "int_source", "int_medium", "int_campaign"),
    "New York Times, Washington Post, Bloomberg, Financial Times": (
        "smid", "smtyp", "partner_rss", "emc", "wpisrc", "wpmm", "srnd", "ftcamp", "ftag", "sref", "accesstoken_src",
    ),
    "feeds": ("ftcamp", "feedtype_src"),
}  # fmt: skip

#: Parameters that are tracking only with these values.
TRACKING_VALUES: dict[str, tuple[str, ...]] = {
    "ref": ("rss", "feed", "twitter", "facebook", "bluesky", "newsletter"),
    "source": ("rss", "feed", "twitter", "facebook", "newsletter"),
    "from": ("rss", "feed"),
    "partner": ("rss", "rssnyt", "socialflow"),
    "output": (),
}

_PLAIN = frozenset(name for names in TRACKING.values() for name in names if not name.endswith("*"))
_STARTS = tuple(sorted({name[:-1] for names in TRACKING.values() for name in names if name.endswith("*")}))
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Beyond this an address is data, not a place (and every browser refuses it).
LONGEST = 8000
_BLANKS = re.compile(r"[\t\n\r]")


@lru_cache(maxsize=4096)
def canonical(url: str, base: str | None = None) -> str | None:
    """The one address for a page, or None where `url` is no http(s) address.

    Host in lower case, default port, fragment and tracking parameters gone, other parameters sorted.
    `base` is the address of the page or feed that a relative `url` stands in.

    >>> canonical("HTTPS://News.Example:443/a?story_id=9&utm_source=x#top")
    'https://news.example/a?story_id=9'
    >>> canonical("mailto:a@b.example") is None
    True
    """
    url = _BLANKS.sub("", url.strip())
    if not url or len(url) > LONGEST:
        return None
    try:
        if base:
            url = urljoin(base, url)
        if not re.match(r"https?://[^/?#]", url, re.IGNORECASE):
            return None
        return _cleaned(url)
    except ValueError:
        return None


def host(url: str) -> str | None:
    """The host of an http(s) address in lower case, without "www." and port; None where there is none.

    >>> host("https://www.Example.org:8080/x")
    'example.org'
    """
    try:
        parts = urlsplit(url.strip())
        name = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not name:
        return None
    return name.removeprefix("www.")


def is_tracking(name: str, value: str = "") -> bool:
    """Whether a query parameter only says where the reader came from."""
    name = name.lower()
    if name in _PLAIN or name.startswith(_STARTS):
        return True
    return value.lower() in TRACKING_VALUES.get(name, ())


def _cleaned(url: str) -> str | None:
    parts = urlsplit(url)
    query = "&".join(pair for pair in parts.query.split("&") if pair and not is_tracking(*_split(pair)))
    netloc = _netloc(parts.scheme.lower(), parts.netloc)
    if not netloc:
        return None
    plain = urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", query, ""))
    first = canonicalize_url(plain)
    again = canonicalize_url(first)
    return again if host(again) else None


def _split(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value


def _netloc(scheme: str, netloc: str) -> str:
    """Host in lower case without user, trailing dot and default port."""
    name = netloc.rpartition("@")[2].lower()
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[\w\-.~]+?)\.?(?::(\d*))?", name)
    if not found:
        return ""
    port = found[2]
    return found[1] if not port or int(port) == _DEFAULT_PORTS[scheme] else f"{found[1]}:{int(port)}"
