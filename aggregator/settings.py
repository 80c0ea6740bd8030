"""The settings table as text: the commented example that `init` writes, and `docs/settings.md`.

Both come from the fields of `aggregator.config`, so they cannot say anything else than what is checked.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from aggregator.config import Config, section_type

_INTRO = """\
# Settings of Cuttings. Every setting has a default; lines that begin with # show it.
# Times of day are wall times in the team's zone. docs/settings.md has the same as a table.
"""

#: What the example shows for settings whose default says nothing.
_EXAMPLES: dict[str, str] = {
    "organisation.name": '"Society of Example Heads"',
    "organisation.short_names": '["SEH"]',
    "organisation.handles": '["seh.example.org"]',
    "organisation.spokespeople.name": '"Ada Example"',
    "organisation.spokespeople.role": '"general secretary"',
    "organisation.spokespeople.handles": '["ada.example.org"]',
    "organisation.spokespeople.aliases": '["the SEH\'s leader"]',
    "digest.sender": '"cuttings@example.org"',
    "digest.reply_to": '"press@example.org"',
    "digest.public_base_url": '"https://cuttings.example.org"',
    "smtp.host": '"smtp.example.org"',
    "smtp.port": "587",
    "smtp.user": '"cuttings"',
    "smtp.password_env": '"CUTTINGS_SMTP_PASSWORD"',
    "smtp.password_file": '"/etc/cuttings/smtp-password"',
    "web.trusted_hosts": '["cuttings.example.org"]',
    "web.proxy": '"127.0.0.1"',
    "recipients.address": '"press@example.org"',
    "recipients.name": '"Press office"',
    "recipients.areas": '["Funding"]',
    "recipients.positions": '["s-0123456789ab"]',
    "sources.name": '"The Courier"',
    "sources.kind": '"feed"',
    "sources.url": '"https://news.example.org/feed.xml"',
    "sources.folder": '"inbox"',
    "sources.account": '"ada.example.org"',
    "sources.outlet": '"The Courier"',
    "sources.move_to": '"inbox/done"',
    "sources.lists": '["at://did:plc:example/app.bsky.graph.list/heads"]',
    "sources.search": '["\\"head teachers\\" funding"]',
    "sources.posts": '["https://bsky.app/profile/ada.example.org/post/3kexample"]',
    "fetch.contact": '"https://seh.example.org/cuttings"',
    "fetch.own_hosts": '["news.intranet"]',
    "bluesky.user": '"seh.example.org"',
    "bluesky.password_env": '"CUTTINGS_BLUESKY_PASSWORD"',
    "bluesky.password_file": '"/etc/cuttings/bluesky-password"',
}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as the docs show it."""

    table: str  # "digest"; "recipients" for a list of tables
    many: bool
    name: str
    help: str
    kind: str  # of value, in words
    default: str | None  # as TOML; None: unset or required
    required: bool


def settings() -> Iterator[Setting]:
    """All settings in order of their tables."""
    yield from _section(Config, "", False)


def _section(section: type[Any], table: str, many: bool) -> Iterator[Setting]:
    hints = get_type_hints(section, include_extras=True)
    nested = []
    for field in msgspec.structs.fields(section):
        inner = section_type(field.type)
        if inner:
            place = f"{table}.{field.name}" if table else field.name
            nested.append((inner, place, "tuple" in str(field.type)))
            continue
        meta = next((arg for arg in get_args(hints[field.name]) if isinstance(arg, msgspec.Meta)), None)
        yield Setting(
            table=table,
            many=many,
            name=field.name,
            help=(meta.description if meta else "") or "",
            kind=_kind(get_args(hints[field.name])[0]),
            default=_toml(field.default) if field.default is not msgspec.NODEFAULT else None,
            required=field.required,
        )
    for inner, place, is_list in nested:
        yield from _section(inner, place, is_list)


def _kind(annotation: Any) -> str:
    text = str(annotation)
    if "Literal" in text:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if "tuple" in text:
        return "list of numbers" if "int" in text else "list of texts"
    if annotation in (bool, float):
        return "`true` or `false`" if annotation is bool else "number"
    return "whole number" if "int" in text else "text"


def _toml(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_toml(item) or "" for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def example() -> str:
    """A `cuttings.toml` in which every setting stands, commented out."""
    lines, table = [_INTRO], None
    for setting in settings():
        if setting.table != table:
            table = setting.table
            mark = "#" if setting.many else ""
            brackets = f"[[{table}]]" if setting.many else f"[{table}]"
            lines.append(f"\n{mark}{brackets}")
        value = setting.default if setting.default not in (None, "[]") else None
        value = value or _EXAMPLES.get(f"{table}.{setting.name}", '""')
        lines += textwrap.wrap(setting.help, 96, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"#{setting.name} = {value}")
    return "\n".join(lines) + "\n"


def table() -> str:
    """The Markdown of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "`python run.py init` writes a commented `cuttings.toml`; `--config FILE` names another.",
        "A key that is not in these tables is an error, so that a typing slip never becomes a silent default.",
        "This page is made from the code by `python -m aggregator.settings`; a test compares them.",
    ]
    current = None
    for setting in settings():
        if setting.table != current:
            current = setting.table
            brackets = f"[[{current}]]" if setting.many else f"[{current}]"
            lines += ["", f"## `{brackets}`", "", "| setting | is | default | what it does |", "|---|---|---|---|"]
        default = "required" if setting.required else f"`{setting.default}`" if setting.default else "not set"
        lines.append(f"| `{setting.name}` | {setting.kind} | {default} | {setting.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
