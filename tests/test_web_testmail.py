"""“Send test to me”: to the person who asks and nobody else, outside the ledger, not too often, and in the log."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from web_site import NOW, Site, get, post, site

from aggregator import issues, pipeline, sending, weeks
from aggregator.cli import cli
from aggregator.config import Smtp
from aggregator.store import Store
from aggregator.web import create_app, testmail


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    yield site(tmp_path / "a.db")


def mails(shop: Site) -> list[email.message.EmailMessage]:
    """What lies in the outbox."""
    with shop.store() as store:
        found = sorted(sending.outbox(store, shop.config).glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]


def test_a_test_mail_goes_to_the_one_who_asks(shop: Site) -> None:
    """The next issue comes as a mail marked as a test; the page says where it is; ledger and readers know nothing."""
    client = shop.client()
    assert "set your mail address" in get(client, "/digests").text
    assert post(client, "/digests/next/test").status_code == 400
    assert post(client, "/account/mail", {"mail": "rosa@example.org"}).status_code == 303
    assert "rosa@example.org" in get(client, "/digests").text
    assert post(client, "/digests/next/test").location == "/digests"
    (mail,) = mails(shop)
    assert mail["To"] == "rosa@example.org"
    assert mail["Subject"].startswith("[Test]")
    page = get(client, "/digests").text
    assert "lies in the outbox" in page
    assert shop.one("SELECT count(*) FROM delivery") == 0
    assert shop.one("SELECT count(*) FROM issue") == 0
    assert shop.one("SELECT count(*) FROM audit WHERE action = 'test mail' AND who = 'Rosa'") == 2


def test_a_draft_is_tested_as_it_was_frozen(shop: Site) -> None:
    """The page of a draft sends that draft; one that is merged, or is none, has no mail."""
    with shop.store() as store:
        window = weeks.window_of("2026-W46", shop.config)
        issues.draft(store, shop.config, window)
        counted = store.issues.find("2026-W46")
    client = shop.client()
    post(client, "/account/mail", {"mail": "rosa@example.org"})
    assert post(client, "/digests/2026-W46/test").location == "/digests/2026-W46"
    assert "2026-W46 to rosa@example.org" in get(client, "/digests/2026-W46").text
    assert len(mails(shop)) == 1
    with shop.store() as store:
        assert dict(store.issues.find("2026-W46") or {}) == dict(counted or {})
    assert post(client, "/digests/2026-W45/test").status_code == 404


def test_the_server_s_answer_is_told(shop: Site) -> None:
    """A server that cannot be reached is named with what the network said."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    smtp = Smtp(host="127.0.0.1", port=port, security="plain")
    shop = Site(app=create_app(shop.db, c := msgspec.structs.replace(shop.config, smtp=smtp)), db=shop.db, config=c)
    client = shop.client()
    post(client, "/account/mail", {"mail": "rosa@example.org"})
    post(client, "/digests/next/test")
    assert "did not go" in get(client, "/digests").text
    assert "refused" in get(client, "/digests").text


def test_a_slow_server_keeps_no_page_waiting(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page comes before the answer of the server, says so, and shows it later."""
    import threading

    go = threading.Event()
    monkeypatch.setattr(testmail, "WAIT", 0.05)
    monkeypatch.setattr(testmail, "_outcome", lambda *_: "went out: at last" if go.wait(10) else "")
    client = shop.client()
    post(client, "/account/mail", {"mail": "rosa@example.org"})
    post(client, "/digests/next/test")
    assert "has not answered yet" in get(client, "/digests").text
    go.set()
    for _ in range(100):
        if "at last" in get(client, "/digests").text:
            break
        threading.Event().wait(0.05)
    assert "at last" in get(client, "/digests").text


def test_viewers_may_not_and_nobody_may_flood(shop: Site) -> None:
    """A viewer is refused; after some in an hour everybody is, and an hour later not."""
    viewer = shop.client("Vera", "viewer")
    post(viewer, "/account/mail", {"mail": "vera@example.org"})
    assert post(viewer, "/digests/next/test").status_code == 403
    assert "Send test" not in get(viewer, "/digests").text
    client = shop.client()
    post(client, "/account/mail", {"mail": "rosa@example.org"})
    for _ in range(testmail.OF_ONE):
        assert post(client, "/digests/next/test").status_code == 303
    answer = post(client, "/digests/next/test")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize(
    "text", ["rosa", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "<a@example.org>", "ä@example.org",
             "a@b@example.org", "@example.org", "a@example.org,b@example.org", "x" * 250 + "@example.org"],
)  # fmt: skip
def test_only_one_plain_address_is_taken(shop: Site, text: str) -> None:
    """What is not one address is refused on the page and at the command line; nothing is kept."""
    client = shop.client()
    assert post(client, "/account/mail", {"mail": text}).status_code == 400
    assert shop.one("SELECT mail FROM account WHERE name = 'Rosa'") is None
    result = CliRunner().invoke(cli, ["--db", str(shop.db), "user", "add", "Max", "--mail", text])
    assert result.exit_code == 1
    assert shop.one("SELECT count(*) FROM account WHERE name = 'Max'") == 0


def test_an_account_is_made_with_its_address(tmp_path: Path) -> None:
    """`user add --mail` keeps it, `user list` shows it, and an empty form takes it away."""
    db, run = tmp_path / "a.db", CliRunner()
    Store(db).close()
    assert run.invoke(cli, ["--db", str(db), "user", "add", "Ada", "--mail", "ada@example.org"]).exit_code == 0
    assert "ada@example.org" in run.invoke(cli, ["--db", str(db), "user", "list", "--json"]).output
    with Store(db) as store:
        row = store.people.find("Ada")
        assert row is not None
        store.people.set_mail(row["id"], None)
        row = store.people.find("Ada")
        assert row is not None
        assert row["mail"] is None
