"""What mail programs make of the HTML: elements and styles that they know, and what still works where they do not.

Two checks: a table of what we use and why it is safe, always; and the data of caniemail.com, where Node and its npm
package are at hand (`npm install caniemail@2`, then `CANIEMAIL=path/to/node_modules`), with each exception and its
reason written down here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from golden_weeks import URLS, WEEKS, golden

from aggregator.render import render

#: Elements that every program shows; `bdi`, `svg`, `link`, `img`, `form` and scripts are dropped by many.
_ELEMENTS = "html head meta title style body div table caption tr td th p h1 h2 h3 ul li a span strong br blockquote"
ELEMENTS = frozenset(_ELEMENTS.split())
#: Inline styles: known everywhere, or harmless where they are not.
STYLES = {
    "known everywhere": "background background-color border border-collapse border-bottom border-left border-top color "
    "font-family font-size font-weight line-height margin padding text-align text-decoration width",
    "only long unbroken words need them": "overflow-wrap word-break",
    "columns of equal width; elsewhere the content decides": "table-layout",
    "Outlook has a table of 600 pixels of its own": "max-width",
    "digits of one width; elsewhere they are nearly that": "font-variant-numeric",
}
KNOWN = {name for names in STYLES.values() for name in names.split()}

#: What caniemail.com calls unsupported somewhere among Gmail, Outlook, Apple Mail and Yahoo, and why it may stay.
WAIVERS = {
    "@media": "adds dark colours and narrower margins only; without it the mail is light and 24 pixels wide at its edges",
    "<style> element": "as @media: all that matters is inline",
    "color-scheme meta tag": "a hint; programs that do not know it choose by themselves, and both ways have contrast",
    "<body> element": "its background stands on the first `div` as well",
    "overflow-wrap": "only long unbroken words need it, which real headlines do not have",
    "overflow": "reported for overflow-wrap; the mail sets no overflow",
    "word-break": "as overflow-wrap",
    "table-layout": "Outlook lays tables out by content, and its own table of 600 pixels bounds them",
    "role attribute": "for screen readers, where programs keep it",
}
LINT = """
import { caniemail } from 'caniemail';
import fs from 'node:fs';
const { issues } = caniemail({
  clients: ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'], html: fs.readFileSync(0, 'utf8'),
});
const found = {};
for (const [client, errors] of issues.errors) for (const error of errors) (found[error.title] ??= new Set()).add(client);
for (const title in found) found[title] = [...found[title]];
console.log(JSON.stringify(found));
"""


@pytest.mark.parametrize("name", WEEKS)
def test_only_what_programs_know(name: str) -> None:
    """The mail uses elements and inline styles of the table above, and nothing that fetches or runs."""
    page = render(golden(name), urls=URLS).html
    used = re.findall(r"<([a-z][a-z0-9]*)", re.sub(r"<!--.*?-->", "", page, flags=re.S))
    assert set(used) <= ELEMENTS, set(used) - ELEMENTS
    styles = {part.split(":")[0].strip() for style in re.findall(r'style="([^"]*)"', page) for part in style.split(";")}
    assert styles - {""} <= KNOWN, styles - {""} - KNOWN
    assert not re.search(r"url\(|var\(|@import|expression|position:|float:|flex|grid|\bsrc=|\bon[a-z]+=\"", page)
    assert page.count('role="presentation"') >= 1
    assert re.search(r'<div lang="en-GB" dir="ltr"', page), (
        "programs strip <html>, so the first block says the language"
    )


def _packages() -> Path | None:
    """The folder of npm packages that has caniemail."""
    places = [os.environ.get("CANIEMAIL"), Path(__file__).parents[1] / "node_modules"]
    return next((Path(place) for place in places if place and (Path(place) / "caniemail").is_dir()), None)


@pytest.mark.skipif(
    not shutil.which("node") or _packages() is None,
    reason="caniemail is not installed (npm install caniemail@2, then CANIEMAIL=…/node_modules)",
)
def test_caniemail(tmp_path: Path) -> None:
    """No error for Gmail, Outlook, Apple Mail and Yahoo but those with a reason; and each reason is needed."""
    packages = _packages()
    assert packages is not None
    (tmp_path / "node_modules").symlink_to(packages.resolve())
    (tmp_path / "lint.mjs").write_text(LINT)
    page = render(golden("normal"), urls=URLS).html.encode()
    done = subprocess.run(["node", "lint.mjs"], input=page, capture_output=True, cwd=tmp_path, check=True, timeout=60)
    found: dict[str, list[str]] = json.loads(done.stdout)
    assert set(found) <= set(WAIVERS), {title: found[title] for title in set(found) - set(WAIVERS)}
    assert set(WAIVERS) <= set(found), f"no longer needed: {set(WAIVERS) - set(found)}"
