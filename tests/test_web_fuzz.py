"""Forms and addresses of the review app with anything in them: an answer or an explanation, never an unknown error.

`FUZZ_EXAMPLES=5000 python -m pytest tests/test_web_fuzz.py` looks longer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_site import BASE, OURS, Site, post, site
from werkzeug.routing import IntegerConverter

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
WEB = Path(__file__).parents[1] / "aggregator" / "web"
#: Every field that a page reads from a form or an address.
FIELDS = sorted(
    {
        name
        for path in WEB.glob("*.py")
        for name in re.findall(r"(?:args|form|files)(?:\.get|\.getlist)?[\[(]\s*\"(\w+)\"", path.read_text("utf-8"))
    }
)
#: What stumbles: numbers at their edges, halves of characters, paths, markup, syntax of searches and of SQL.
ODD = [
    "", " ", "0", "1", "-1", "999999999999999999999999", "1e9", "nan", "\0", "\ud800", "\u202e", "é" * 300, "x" * 5000, "../../etc",
    "https://x.example/", "javascript:alert(1)", "<b>", "'; DROP TABLE post; --", '"', "(", "a OR", "date:9999", "2026-W99", "next",
    "2026-W46", "likely", "confirmed", "rejected", "added", "best", "csv", "ada@example.org", "ada@", "a\r\nBcc: x", "on", "[]", "{}",
]  # fmt: skip
VALUES = st.sampled_from(ODD) | st.text(max_size=20)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = site(tmp_path_factory.mktemp("site") / "a.db")
    made.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield made


def keys(shop: Site) -> list[str]:
    """Names that are there, beside odd ones."""
    coverage = shop.one("SELECT key FROM coverage")
    return [coverage, shop.one("SELECT key FROM statement"), *(_sendable(text) for text in ODD if text)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_any_form_is_answered(shop: Site, data: st.DataObject) -> None:
    """Whatever stands in a form, in an address or behind its question mark: no answer is an error of ours."""
    rule = data.draw(st.sampled_from(sorted(shop.app.url_map.iter_rules(), key=str)), label="rule")
    method = data.draw(st.sampled_from(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})), label="method")
    names: dict[str, Any] = {}
    for name in sorted(rule.arguments):
        whole = isinstance(rule._converters[name], IntegerConverter)
        names[name] = data.draw(st.integers(0, 2**70) if whole else st.sampled_from(keys(shop)), label=name)
    fields = data.draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), label="fields")
    built = rule.build(names)
    assert built is not None
    query = data.draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3), label="query")
    admin = shop.client("Ann", "admin")
    answer = admin.open(
        built[1],
        method=method,
        base_url=BASE,
        headers=OURS,
        query_string={name: _sendable(value) for name, value in query.items()},
        data={name: _sendable(value) for name, value in fields.items()} if method == "POST" else None,
    )
    assert answer.status_code < 500, (rule, method, answer.status_code)


def _sendable(text: str) -> str:
    """A text that a browser could send."""
    return text.encode("utf-8", "replace").decode()


def test_numbers_beyond_the_archive_are_not_found(shop: Site) -> None:
    """A number that no row can have is an address of nothing, not an error of the database."""
    admin = shop.client("Ann", "admin")
    for number in (2**63 - 1, 2**63, 10**30):
        assert post(admin, f"/account/sessions/{number}/end").status_code in (302, 303, 404)


def test_the_archive_is_still_sound(shop: Site) -> None:
    """After all those forms the archive passes its checks."""
    with shop.store() as store:
        assert [finding for finding in store.care.check() if not finding.ok] == []
