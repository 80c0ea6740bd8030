"""Settings: one table from which defaults, validation, the commented example and the docs come.

A setting is a field below; its `Meta` holds the help that `init`, `docs/settings.md` and error messages show.
The file is TOML; an unknown key is an error that names the nearest known one, so that a typing slip never
turns into a silent default.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from aggregator import config_words
from aggregator.errors import ConfigError
from parsers.model import Style

#: Where settings are looked for when --config names no file.
DEFAULT_FILE = Path("cuttings.toml")


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all groups of settings."""


class Spokesperson(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the people who speak for the association."""

    name: Annotated[str, Meta(description="Name as articles write it.")]
    role: Annotated[str | None, Meta(description="Office, as in “general secretary”.")] = None
    handles: Annotated[tuple[str, ...], Meta(description="Bluesky handles.")] = ()
    aliases: Annotated[tuple[str, ...], Meta(description="Other ways in which articles name them.")] = ()


class Organisation(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose positions these are."""

    name: Annotated[
        str | None, Meta(description="Full name. Left out, the short name is found in the position papers.")
    ] = None
    short_names: Annotated[
        tuple[str, ...], Meta(description="Initials and other names; they carry nothing in linking.")
    ] = ()
    handles: Annotated[tuple[str, ...], Meta(description="The association's own Bluesky accounts.")] = ()
    spokespeople: Annotated[
        tuple[Spokesperson, ...], Meta(description="People whose words “Our voices” collects.")
    ] = ()


class Ingest(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How documents are read."""

    timezone: Annotated[
        str, Meta(description="Zone of times in news that name none (IANA); scrapes of Bluesky are UTC.")
    ] = "UTC"
    dash: Annotated[
        Literal["–", "—"], Meta(description="House style for a damaged spaced dash that could be either.")
    ] = "–"
    quotes: Annotated[Literal["double", "single"], Meta(description="House style for damaged quotation marks.")] = (
        "double"
    )
    max_megabytes: Annotated[int, Meta(description="Larger documents are refused.", ge=1, le=4096)] = 1024


class Linking(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How coverage is tied to positions."""

    limit: Annotated[
        int, Meta(description="Positions proposed for one piece of coverage; near-same ones count once.", ge=1, le=20)
    ] = 5
    relink_days: Annotated[
        int,
        Meta(
            description="Coverage of so many days is linked again when a position, an alias or a decision changes; "
            "`link --all` takes all of it.",
            ge=0,
            le=36500,
        ),
    ] = 56
    learn: Annotated[bool, Meta(description="Whether decisions teach words; rejected pairs stay away in any case.")] = (
        True
    )
    glossary: Annotated[
        str | None, Meta(description="Glossary of the team (TOML); it adds to the shipped one and wins over it.")
    ] = None
    semantic_model: Annotated[
        str | None,
        Meta(description="Folder with an ONNX sentence model and its tokenizer.json; needs `pip install .[semantic]`."),
    ] = None


class Digest(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weekly mail."""

    timezone: Annotated[str, Meta(description="The team's time zone (IANA).")] = "Europe/London"
    weekday: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        Meta(description="Day on which the issue closes and goes out."),
    ] = "monday"
    cutoff: Annotated[str, Meta(description="Coverage that came in before this time is in the issue.")] = "08:00"
    send_at: Annotated[str, Meta(description="The issue goes out then unless an editor holds it.")] = "10:00"
    quiet: Annotated[
        Literal["note", "skip"], Meta(description="A week without coverage: a short note, or no mail.")
    ] = "note"
    sender: Annotated[str | None, Meta(description="Address in From. Needed before mail can go out.")] = None
    sender_name: Annotated[str, Meta(description="Name in From.")] = "Cuttings"
    reply_to: Annotated[str | None, Meta(description="Address for answers, if another.")] = None
    public_base_url: Annotated[
        str | None, Meta(description="Address of the web app as readers reach it; “view in browser” uses it.")
    ] = None


class Smtp(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server. Without `host`, mails are put into the outbox folder."""

    host: Annotated[str | None, Meta(description="Name of the mail server.")] = None
    port: Annotated[int | None, Meta(description="Left out: 465 for ssl, 587 for starttls, 25 for plain.")] = None
    security: Annotated[
        Literal["ssl", "starttls", "plain"],
        Meta(description="starttls is required, never optional; plain only to this machine."),
    ] = "starttls"
    user: Annotated[str | None, Meta(description="Name to sign in with.")] = None
    password_env: Annotated[str | None, Meta(description="Environment variable that holds the password.")] = None
    password_file: Annotated[str | None, Meta(description="File that holds the password.")] = None
    seconds: Annotated[
        int,
        Meta(description="One mail takes no longer, from connecting to the server's answer to it.", ge=10, le=7200),
    ] = 900
    outbox: Annotated[str, Meta(description="Folder for mails when no server is set; relative to the database.")] = (
        "outbox"
    )


class Web(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web app."""

    host: Annotated[
        str, Meta(description="Address to listen on; beyond this machine it takes accounts, https and a proxy.")
    ] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on.", ge=1, le=65535)] = 8000
    threads: Annotated[int, Meta(description="Requests answered at the same time.", ge=1, le=64)] = 4
    trusted_hosts: Annotated[
        tuple[str, ...], Meta(description="Names under which browsers reach the app, beside that of public_base_url.")
    ] = ()
    proxy: Annotated[
        str | None, Meta(description="Address of the TLS proxy in front of the app, as in “127.0.0.1”.")
    ] = None
    upload_megabytes: Annotated[int, Meta(description="Largest document added in the browser.", ge=1, le=1024)] = 64
    idle_hours: Annotated[int, Meta(description="A session ends after so long without use.", ge=1, le=168)] = 12
    session_days: Annotated[int, Meta(description="A session ends after so long whatever happens.", ge=1, le=30)] = 7


class Recipient(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader of the digest."""

    address: Annotated[str, Meta(description="Mail address.")]
    name: Annotated[str | None, Meta(description="Name in To.")] = None
    areas: Annotated[tuple[str, ...], Meta(description="Only positions of these areas; empty means all.")] = ()
    positions: Annotated[tuple[str, ...], Meta(description="Only these positions, by id; empty means all.")] = ()
    depth: Annotated[Literal["full", "headlines"], Meta(description="The whole digest, or headlines only.")] = "full"
    format: Annotated[Literal["html", "text"], Meta(description="HTML with a text part, or text only.")] = "html"


class SourceSetting(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place that coverage comes from by itself."""

    name: Annotated[str, Meta(description="Name in the digest's footer and for “fetch”.")]
    kind: Annotated[
        Literal["feed", "page", "inbox", "mailbox", "bluesky"],
        Meta(
            description="A feed; a single page; a folder of files; a folder of saved mails (.eml); Bluesky accounts, "
            "lists, posts or searches."
        ),
    ]
    url: Annotated[str | None, Meta(description="Address of a feed or page.")] = None
    folder: Annotated[str | None, Meta(description="Folder of an inbox or mailbox; relative to the database.")] = None
    move_to: Annotated[
        str | None, Meta(description="Folder that files of an inbox move to once they are in; left out, they stay.")
    ] = None
    account: Annotated[str | None, Meta(description="Bluesky handle or DID.")] = None
    lists: Annotated[tuple[str, ...], Meta(description="at-URIs of Bluesky lists and feeds.")] = ()
    posts: Annotated[tuple[str, ...], Meta(description="Single Bluesky posts: at-URIs or bsky.app addresses.")] = ()
    search: Annotated[
        tuple[str, ...], Meta(description="Bluesky searches; need the account of [bluesky], use them sparingly.")
    ] = ()
    outlet: Annotated[str | None, Meta(description="Outlet of everything that comes from here.")] = None
    timezone: Annotated[
        str | None, Meta(description="Time zone of its times that name none; left out, the team's ([ingest] timezone).")
    ] = None
    every_minutes: Annotated[
        int, Meta(description="How often it is polled; feeds and pages once an hour at most.", ge=5)
    ] = 60
    follow_pages: Annotated[
        bool, Meta(description="Fetch the page where a feed's entry holds only the start of an article.")
    ] = True
    recheck: Annotated[
        Literal["once", "off"],
        Meta(description="Ask for a feed's article pages once more before the issue closes, to see what was edited."),
    ] = "once"
    robots: Annotated[bool, Meta(description="Leave out article pages that the site's robots.txt keeps from us.")] = (
        True
    )
    silence_days: Annotated[
        int, Meta(description="The digest says “silent” after so many days without anything new; 0: never.", ge=0)
    ] = 7


class Fetch(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sources are asked."""

    contact: Annotated[
        str | None,
        Meta(description="Address of a page about you; goes into User-Agent, so that outlets can reach you."),
    ] = None
    seconds: Annotated[int, Meta(description="One exchange with a server takes no longer.", ge=1, le=600)] = 30
    megabytes: Annotated[
        int, Meta(description="Larger answers are refused; unpacked they may be twice as large.", ge=1, le=500)
    ] = 10
    pause_seconds: Annotated[
        float, Meta(description="Between two article pages of one site; its robots.txt may ask for more.", ge=0, le=60)
    ] = 2.0
    pages: Annotated[int, Meta(description="Article pages fetched for one source in one round.", ge=0, le=1000)] = 30
    ports: Annotated[tuple[int, ...], Meta(description="Ports that may be asked.")] = (80, 443)
    own_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Servers inside your network that may be sources: “news.intranet”, with a port "
            "“10.0.0.5:8080”, or a network of addresses “10.1.0.0/16”. Everything else inside is refused."
        ),
    ] = ()


class Bluesky(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service that Bluesky sources are read from."""

    service: Annotated[str, Meta(description="Where public posts are read.")] = "https://public.api.bsky.app"
    login_service: Annotated[str, Meta(description="Where the account for searches signs in.")] = "https://bsky.social"
    user: Annotated[str | None, Meta(description="Handle of the account; only searches need one.")] = None
    password_env: Annotated[str | None, Meta(description="Environment variable that holds its app password.")] = None
    password_file: Annotated[str | None, Meta(description="File that holds its app password.")] = None
    pages: Annotated[
        int, Meta(description="Pages of a hundred posts read of an account or list in one round.", ge=1, le=100)
    ] = 5


class Config(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings."""

    organisation: Organisation = Organisation()
    ingest: Ingest = Ingest()
    linking: Linking = Linking()
    digest: Digest = Digest()
    smtp: Smtp = Smtp()
    web: Web = Web()
    fetch: Fetch = Fetch()
    bluesky: Bluesky = Bluesky()
    recipients: tuple[Recipient, ...] = ()
    sources: tuple[SourceSetting, ...] = ()

    @property
    def style(self) -> Style:
        """The house style for what damage made undecidable."""
        return Style(dash=self.ingest.dash, quotes=self.ingest.quotes)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The team's time zone."""
        return zoneinfo.ZoneInfo(self.digest.timezone)


def load(path: Path | None) -> Config:
    """Read and check the settings; without a file, the defaults.

    `path` None means `cuttings.toml` in the working folder if it is there.
    Raises `ConfigError` that names the file, the setting and what it may be.
    """
    if path is None:
        if not DEFAULT_FILE.exists():
            return Config()
        path = DEFAULT_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except FileNotFoundError as exc:
        raise ConfigError(f"{path}: there is no such file; “run.py init” writes one to start from") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: the settings cannot be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: the settings cannot be read: save the file as UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}, {config_words.no_toml(str(exc), text)}") from exc
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"{path}, {config_words.wrong_value(str(exc), raw, text, Config)}") from exc
    _check(config, path)
    return config


def place(path: Path | None, setting: config_words.Path) -> str:
    """Where a setting stands, as the beginning of a message: “cuttings.toml, line 5: ”; the file alone if unknown."""
    path = path or DEFAULT_FILE
    try:
        line = config_words.line_of(path.read_text(encoding="utf-8-sig"), setting)
    except (OSError, UnicodeDecodeError):
        return ""
    return f"{path}, {line}" if line else f"{path}: "


def section_type(annotation: Any) -> Any:
    """The group of settings inside an annotation such as `tuple[Recipient, ...]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = section_type(inner)
        if found:
            return found
    return None


def _check(config: Config, path: Path) -> None:
    """What types cannot say."""
    zones = [("ingest", config.ingest.timezone), ("digest", config.digest.timezone)]
    zones += [(f"sources[{index}]", source.timezone) for index, source in enumerate(config.sources) if source.timezone]
    for name, zone in zones:
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ConfigError(
                f"{path}: [{name}] timezone = “{zone}” is no time zone; write one like “Europe/London”"
            ) from exc
    for name in ("cutoff", "send_at"):
        clock(getattr(config.digest, name), f"{path}: [digest] {name}")
    # A slip in one reader's address is told when the mails are made: it must not cost the others theirs.
    base = config.digest.public_base_url
    if base and not re.match(r"https?://[^\s/]+", base):
        raise ConfigError(f"{path}: [digest] public_base_url = “{base}” does not start with http:// or https://")
    if config.smtp.host and not config.digest.sender:
        raise ConfigError(f"{path}: [smtp] host is set, so [digest] sender is needed: the address in From")
    if config.smtp.security == "plain" and config.smtp.host not in (None, "localhost", "127.0.0.1", "::1"):
        raise ConfigError(f"{path}: [smtp] security = “plain” is for a server on this machine only; use starttls")
    _check_sources(config, path)


#: Settings that a kind of source cannot do without; one of them is enough.
NEEDED = {
    "feed": ("url",),
    "page": ("url",),
    "inbox": ("folder",),
    "mailbox": ("folder",),
    "bluesky": ("account", "lists", "posts", "search"),
}


def _check_sources(config: Config, path: Path) -> None:
    names: set[str] = set()
    for source in config.sources:
        where = f"{path}: source “{source.name}”"
        if source.name in names:
            raise ConfigError(f"{where}: the name is there twice; “fetch” and the digest need to tell sources apart")
        names.add(source.name)
        needed = NEEDED[source.kind]
        if not any(getattr(source, name) for name in needed):
            raise ConfigError(f"{where}: a source of kind “{source.kind}” needs {' or '.join(needed)}")
        if source.url and not re.match(r"https?://[^\s/]+", source.url):
            raise ConfigError(f"{where}: url = “{source.url}” does not start with http:// or https://")
        if source.search and not config.bluesky.user:
            raise ConfigError(f"{where}: Bluesky answers searches only to an account; set user in [bluesky]")
    for name in ("service", "login_service"):
        if not re.match(r"https?://[^\s/]+", getattr(config.bluesky, name)):
            raise ConfigError(f"{path}: [bluesky] {name} does not start with http:// or https://")


def clock(text: str, where: str) -> dt.time:
    """A time of day as `HH:MM`; raises `ConfigError` that starts with `where`."""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ConfigError(f"{where} = “{text}” is no time of day; write one like “08:00”")
    return dt.time(int(match.group(1)), int(match.group(2)))
