"""Mails through real programs: Postfix with sign-in and STARTTLS, Dovecot, neomutt, Thunderbird.

    python bench/real_mail.py --out out/

Needs root, and what is missing is said and left out:
`apt-get install postfix dovecot-imapd dovecot-lmtpd neomutt thunderbird xvfb imagemagick fonts-noto-core`.
The servers run with settings of their own on loopback, from a folder that is removed; nothing below /etc is read for
them or changed.

What is proved: each mail comes out of the mailbox byte for byte as it was stored, but for the trace headers on top,
lines that begin with a dot or with “From ” among them, and it is found by its Message-ID.
What is left to look at: how neomutt shows the text (`neomutt-*.txt`) and Thunderbird the HTML (`thunderbird-*.png`).
"""

from __future__ import annotations

import argparse
import contextlib
import imaplib
import os
import pty
import pwd
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

READER, PASSWORD = "ada@paths.example", "walkers-count-benches"
TRACE = re.compile(rb"(?i)(return-path|delivered-to|received|x-original-to):")

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/postfix
maillog_file_prefixes = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.paths.example
mydestination =
mynetworks =
alias_maps =
alias_database =
virtual_mailbox_domains = paths.example
virtual_transport = lmtp:unix:{folder}/lmtp
default_transport = error:no mail leaves this test
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/cert.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
"""
MASTER_CF = """\
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/log/dovecot
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
"""


def missing(*programs: str) -> str | None:
    """Why something cannot be done here; None where it can."""
    gone = [name for name in programs if not shutil.which(name)]
    return f"{', '.join(gone)} not installed" if gone else None


class Servers:
    """A Postfix that hands to a Dovecot, both on loopback."""

    def __init__(self, folder: Path) -> None:
        from sink import free_port

        self.folder = folder
        self.smtp, self.imap = free_port(), free_port()
        folder.chmod(0o755)
        for name in ("queue", "data", "log", "mail", "dovecot", "postfix"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        owner = pwd.getpwnam("mail")
        shutil.chown(folder / "mail", "mail", "mail")
        self._certificate()
        values = {
            "folder": folder, "smtp": self.smtp, "imap": self.imap, "password": PASSWORD,
            "uid": owner.pw_uid, "gid": owner.pw_gid,
        }  # fmt: skip
        (folder / "postfix" / "main.cf").write_text(MAIN_CF.format(**values))
        (folder / "postfix" / "master.cf").write_text(MASTER_CF.format(**values))
        (folder / "dovecot.conf").write_text(DOVECOT.format(**values))

    def _certificate(self) -> None:
        command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        key, made = self.folder / "key.pem", self.folder / "made.pem"
        subprocess.run(
            ["openssl", *command.split(), "-keyout", str(key), "-out", str(made)], check=True, capture_output=True
        )
        (self.folder / "cert.pem").write_bytes(key.read_bytes() + made.read_bytes())

    def __enter__(self) -> Servers:
        self._run("dovecot", "-c", str(self.folder / "dovecot.conf"))
        self._run("postfix", "-c", str(self.folder / "postfix"), "start")
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("postfix", "-c", str(self.folder / "postfix"), "stop")
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("doveadm", "-c", str(self.folder / "dovecot.conf"), "stop")

    def _run(self, *command: str) -> None:
        said = self.folder / "log" / "commands"  # not a pipe: the servers would keep it open
        with said.open("w") as file:
            done = subprocess.run(command, stdout=file, stderr=file, check=False, timeout=60)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {said.read_text()}")

    def fetch(self, count: int, *, seconds: float = 30) -> list[bytes]:
        """The mails of the mailbox once there are so many; also looks each up by its Message-ID."""
        with imaplib.IMAP4("127.0.0.1", self.imap) as box:
            box.login(READER, PASSWORD)
            until = time.monotonic() + seconds
            while True:
                number = int((box.select("INBOX")[1][0] or b"0").decode())
                if number >= count or time.monotonic() > until:
                    break
                time.sleep(0.2)
            found = [box.fetch(str(n + 1), "(RFC822)")[1][0][1] for n in range(number)]  # type: ignore[index]
            for mail in found:
                name = str(message_from_bytes(mail, policy=policy.default)["Message-ID"])
                hits = box.search(None, "HEADER", "Message-ID", f'"{name}"')[1][0].split()
                assert len(hits) == 1, f"{name}: found {len(hits)} times by IMAP"
            return found  # type: ignore[return-value]


def mails() -> dict[str, bytes]:
    """The golden weeks, and one whose lines begin as servers do not like them."""
    from test_digest import WEEKS, built

    lines = [".", "..", ".hidden", "From the beginning", ">From here", "From: nobody", "", "end. "]
    awkward = (
        "From: cuttings@paths.example\r\nTo: ada@paths.example\r\nSubject: awkward lines\r\n"
        "Message-ID: <awkward@paths.example>\r\nDate: Mon, 16 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    )
    return {"awkward": (awkward + "\r\n".join(lines) + "\r\n").encode()} | {
        name: built(name).replace(b"digest.2026-W46.", b"digest.%s." % name.encode()) for name in WEEKS
    }


def untraced(mail: bytes) -> bytes:
    """A delivered mail without the headers that servers put on top of it."""
    lines, at = mail.split(b"\n"), 0
    while TRACE.match(lines[at]):
        at += 1
        while lines[at][:1] in (b" ", b"\t"):
            at += 1
    return b"\n".join(lines[at:])


def deliver(servers: Servers, sent: dict[str, bytes]) -> list[str]:
    """Send mails over one connection with sign-in and STARTTLS; what went wrong."""
    from aggregator.config import Smtp
    from aggregator.send import Server

    os.environ["REAL_MAIL_PASSWORD"] = PASSWORD
    smtp = Smtp(host="localhost", port=servers.smtp, user=READER, password_env="REAL_MAIL_PASSWORD")
    context = ssl.create_default_context(cafile=str(servers.folder / "made.pem"))
    wrong = []
    with Server(smtp, context=context) as way:
        for name, body in sent.items():
            outcome = way.hand("", "cuttings@paths.example", READER, body, lambda: None)
            if outcome.phase != "done":
                wrong.append(f"{name}: {outcome.phase} {outcome}")
        refused = way.hand("", "cuttings@paths.example", "someone@outside.example", sent["awkward"], lambda: None)
        if refused.code != 550:  # nothing leaves this machine, and the refusal is read as what it is
            wrong.append(f"an outside address: {refused}")
    return wrong


def compare(sent: dict[str, bytes], got: list[bytes]) -> dict[str, bool]:
    """Whether each mail came out as it went in."""
    inbox = {str(message_from_bytes(mail, policy=policy.default)["Message-ID"]): untraced(mail) for mail in got}
    return {
        name: inbox.get(str(message_from_bytes(body, policy=policy.default)["Message-ID"])) == body
        for name, body in sent.items()
    }


def through_servers() -> int:
    """The proof; gives how many mails differ, and says so."""
    why = missing("postfix", "dovecot", "doveadm", "openssl") or (None if os.geteuid() == 0 else "needs root")
    if why:
        print(f"Postfix and Dovecot: left out, {why}")
        return 0
    sent = mails()
    with tempfile.TemporaryDirectory(prefix="real-mail-") as name, Servers(Path(name)) as servers:
        wrong = deliver(servers, sent)
        same = compare(sent, servers.fetch(len(sent)))
    for line in wrong:
        print(f"not sent: {line}")
    for name, equal in same.items():
        print(f"{name:12} {len(sent[name]):7,} bytes  {'the same, byte for byte' if equal else 'DIFFERS'}")
    return len(wrong) + sum(not equal for equal in same.values())


NEOMUTT = """\
set hostname=localhost
set from=ada@paths.example
set folder={folder}
set spoolfile={folder}/box
set pipe_decode=yes
set wait_key=no
alternative_order text/plain
push "<pipe-message>cat>{shown}<enter><exit>"
"""


def in_neomutt(out: Path, sent: dict[str, bytes]) -> None:
    """The text of each mail as neomutt shows it."""
    if why := missing("neomutt"):
        print(f"neomutt: left out, {why}")
        return
    for name, body in sent.items():
        with tempfile.TemporaryDirectory() as folder:
            box, shown = Path(folder) / "box", out / f"neomutt-{name}.txt"
            shown.unlink(missing_ok=True)
            box.write_bytes(b"From cuttings Mon Nov 16 10:00:00 2026\n" + body.replace(b"\r\n", b"\n"))
            settings = Path(folder) / "rc"
            settings.write_text(NEOMUTT.format(folder=folder, shown=shown.resolve()))
            in_terminal(
                ["neomutt", "-n", "-F", str(settings), "-R", "-f", str(box)],
                {"HOME": folder, "TERM": "vt100", "LANG": "C.UTF-8"},
            )
        print(f"{shown}" if shown.exists() else f"neomutt: {name} was not shown")


def in_terminal(command: list[str], environment: dict[str, str], seconds: float = 15) -> None:
    """Run a program that wants a terminal, until it ends."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env={**os.environ, **environment}, start_new_session=True
    )
    os.close(side)
    os.set_blocking(main, False)
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(BlockingIOError, OSError):
            os.read(main, 65536)
        time.sleep(0.05)
    process.kill()
    process.wait()
    os.close(main)


def in_thunderbird(out: Path, sent: dict[str, bytes], seconds: float) -> None:
    """The HTML of each mail as Thunderbird shows it."""
    if why := missing("thunderbird", "Xvfb", "import"):
        print(f"Thunderbird: left out, {why}")
        return
    with tempfile.TemporaryDirectory() as folder, screen() as display:
        for name, body in sent.items():
            mail = Path(folder) / f"{name}.eml"
            mail.write_bytes(body)
            picture = out / f"thunderbird-{name}.png"
            shoot(mail, Path(folder) / f"profile-{name}", picture, display, seconds)
            print(picture if picture.exists() else f"Thunderbird: {name} was not shown")


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A screen in memory; gives its name."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x1400x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        os.close(writing)
        with os.fdopen(reading) as lines:
            yield f":{lines.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


PREFERENCES = """\
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mail.rights.version", 1);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""


def shoot(mail: Path, profile: Path, picture: Path, display: str, seconds: float) -> None:
    """One mail in a Thunderbird of its own that reaches no network; a picture of the screen."""
    profile.mkdir()
    (profile / "user.js").write_text(PREFERENCES)
    environment = {**os.environ, "DISPLAY": display, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"}
    process = subprocess.Popen(
        ["thunderbird", "--profile", str(profile), "--no-remote", "-file", str(mail)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        time.sleep(seconds)
        subprocess.run(["import", "-window", "root", str(picture)], env=environment, check=False, capture_output=True)
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, help="Where pictures and texts go; left out, the servers alone.")
    parser.add_argument("--seconds", type=float, default=20, help="How long Thunderbird has to show a mail.")
    options = parser.parse_args()
    differ = through_servers()
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        in_neomutt(options.out, mails())
        in_thunderbird(options.out, mails(), options.seconds)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
