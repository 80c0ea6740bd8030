"""Text in which an earlier ftfy made one U+FFFD of each character that had lost a byte."""

from __future__ import annotations

import pytest

from parsers.mojibake import Repair, diagnose, repair, restore, shown

STATUS = "03.03.2025 13:05 — 👍 3 🔁 1,204 💬 0 📌 5"
POST = "She called it “a fair deal” and left. The word is “late”, they say."
OTHER = "“Trams first,” said the driver. “Then the rest…”"


def _merged(text: str, lost: str) -> str:
    return "".join("\ufffd" if char in lost else char for char in text)


@pytest.mark.parametrize("lost", ["👍🔁", "🔁", "👍🔁💬📌", "—👍🔁💬📌"])
def test_a_status_line_proves_itself(lost: str) -> None:
    """Whichever icons are gaps, the line is read by its date and its counts, without any other evidence."""
    raw = _merged(STATUS, lost)
    done = repair(raw)
    assert done.text == STATUS
    assert done.channel is not None
    assert "U+FFFD" in done.channel
    assert restore(done.text, done.steps) == raw


def test_a_line_that_is_no_status_line_keeps_its_gaps() -> None:
    """Counts without a date, or one count too few, prove nothing."""
    text = "13:05 — \ufffd 3 \ufffd 4 \ufffd 0 \ufffd 5\n03.03.2025 13:05 — \ufffd 3 \ufffd 4 \ufffd 0"
    assert repair(text) == Repair(text=text)


def test_closing_quotes_come_back_where_none_is_left() -> None:
    """Quotations that open and end in a gap, on several lines of a document without any ”."""
    text = "\n".join((POST, OTHER, "No quote here \ufffd and none there.", "It is “only” a sketch."))
    done = repair(_merged(text, "”"))
    assert done.text == text
    assert repair(done.text).text == done.text


def test_the_posts_of_an_export_use_the_evidence_of_all() -> None:
    """One post proves nothing alone."""
    evidence = diagnose(_merged(f"{POST}\n{STATUS}\n{OTHER}", "”👍🔁"))
    assert evidence.merged == "”"
    assert repair(_merged(OTHER, "”")).text == _merged(OTHER, "”")
    assert repair(_merged(OTHER, "”"), evidence).text == OTHER


def test_both_quotes_come_back_with_the_proof_of_a_status_line() -> None:
    """Where “ is lost too, gaps may be emoji; a merged icon in a status line says what the codec lost."""
    text = f"{POST}\n{STATUS}\n{OTHER}"
    assert repair(_merged(text, "“”👍🔁💬📌")).text == text
    without = _merged(f"{POST}\n{OTHER}", "“”")
    assert repair(without).text == without


def test_a_codec_that_shows_quotes_lost_none_of_them() -> None:
    """Where only 🔁 became a gap, the codec was Windows-1250, which shows “ and ”."""
    gaps = _merged(f"{POST}\n{OTHER}", "“”")
    assert repair(f"{gaps}\n{_merged(STATUS, '🔁')}").text == f"{gaps}\n{STATUS}"


def test_a_single_quote_opens_where_one_closes() -> None:
    """Windows-1250 shows all quotes but ‘; without ’ at the end of a word the gap stays."""
    text = f"A review of ‘Tram Lines’ is out.\nThey say “it’s ‘fine’, too”.\n{STATUS}"
    assert repair(_merged(text, "‘🔁")).text == text
    alone = "so it’s �funny and that’s it"
    assert repair(f"{alone}\n{_merged(STATUS, '🔁')}").text == f"{alone}\n{STATUS}"


@pytest.mark.parametrize(
    "line",
    [
        "We said “so \ufffd and that was it",
        "So good\ufffd",
        "“So good\ufffd\ufffd they said",
        "Gef\ufffdhrlich",
    ],
)
def test_other_gaps_stay(line: str) -> None:
    """Emoji behind a blank or in a row, letters, and gaps that follow no open quotation."""
    text = "\n".join((line, _merged(STATUS, "👍🔁"), _merged(POST, "”"), _merged(OTHER, "”")))
    assert repair(text).text.split("\n")[0] == line


def test_a_document_that_shows_closing_quotes_lost_none() -> None:
    """The same codec would have taken all of them."""
    text = f"{_merged(POST, '”')}\n{_merged(OTHER, '”')}\nThey wrote “sound” here."
    assert repair(text) == Repair(text=text)


def test_gaps_of_our_own_repair_stay_gaps() -> None:
    """What a lost emoji leaves behind an open quotation is no quote, now or the second time."""
    raw = "We donβt know βso goodπ and\nTheyβre late βso badπ and\nItβs here."
    done = repair(raw)
    assert repair(done.text).text == done.text
    assert "[emoji]" in shown(done, emoji="[emoji]")
