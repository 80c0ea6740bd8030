"""What can go wrong while bytes become records.

    ParseError                 the document cannot be read as the kind it was taken for
    └── UnknownFormatError     no kind fits

A parser raises only these.
One bad record is never an exception: it becomes a `parsers.model.Problem` and the others go in.
"""

from __future__ import annotations


class ParseError(Exception):
    """The whole document cannot be read; the message says what was found and what to do next."""


class UnknownFormatError(ParseError):
    """The content fits none of the kinds that are read."""
