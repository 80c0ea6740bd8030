"""The description of the interface for programs, as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}


def _or_null(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_LINK = {
    "coverage_id": _TEXT,
    "statement_id": _TEXT,
    "status": {"enum": ["proposed", "confirmed", "rejected", "added"]},
    "band": {"enum": ["likely", "possible", None]},
    "score": _or_null("number"),
    "their_sentence": _or_null("string"),
    "our_sentence": _or_null("string"),
}
SCHEMAS: dict[str, Any] = {
    "Error": _object(error=_TEXT),
    "Hit": _object(
        id=_TEXT,
        kind={"enum": ["thread", "article"], "description": "a lone post is a thread of one part"},
        headline=_or_null("string"),
        text=_TEXT,
        who=_or_null("string"),
        url=_or_null("string"),
        published_at=_or_null("string"),
    ),
    "Link": _object(
        **_LINK,
        version={"type": "integer", "description": "send it back with a decision"},
        stance={"enum": ["supports", "challenges", "mentions", None]},
        decided_by=_or_null("string"),
        decided_at=_or_null("string"),
    ),
    "Quote": _object(speaker=_TEXT, quote=_TEXT),
    "Coverage": _object(
        id=_TEXT,
        kind={"enum": ["thread", "article"], "description": "a lone post is a thread of one part"},
        headline=_or_null("string"),
        standfirst=_or_null("string"),
        text=_TEXT,
        who=_or_null("string"),
        url=_or_null("string"),
        published_at=_or_null("string"),
        parts_found=_or_null("integer"),
        parts_expected=_or_null("integer"),
        missing={"type": "array", "items": {"type": ["integer", "string"]}},
        links=_list("Link"),
        quotes=_list("Quote"),
        story={"type": "array", "items": _TEXT, "description": "ids of the other pieces of its story"},
    ),
    "Exported": {"type": "object", "description": "one object of “run.py export”; docs/cli.md lists the names"},
    "CoveragePage": _object(
        items=_list("Hit"), total=_NUMBER, capped={"type": "boolean"}, next_page=_or_null("string")
    ),
    "Page": _object(items=_list("Exported"), next_start=_or_null("integer")),
    "Decision": {
        "type": "object",
        "required": ["action"],
        "properties": {
            "action": {"enum": ["confirm", "reject", "add"]},
            "version": {"type": ["integer", "null"], "description": "of the link as you read it; null: there was none"},
            "stance": {"enum": ["supports", "challenges", "mentions", None]},
        },
    },
    "Changed": _object(error=_TEXT, now={"type": "object"}),
}


def _answer(what: str, schema: str | None, kind: str = "application/json") -> dict[str, Any]:
    content: dict[str, Any] = {"schema": _ref(schema)} if schema else {"schema": _TEXT}
    return {"description": what, "content": {kind: content}}


def _in_path(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]


def _in_query(**names: tuple[Any, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "schema": schema, "description": what} for name, (schema, what) in names.items()
    ]


def _read(what: str, schema: str | None, parameters: list[dict[str, Any]], kind: str = "application/json") -> Any:
    answers = {
        "200": _answer("as asked", schema, kind),
        "401": _answer("no token, or one that is not known", "Error"),
        "404": _answer("nothing of that name", "Error"),
    }
    return {"get": {"summary": what, "parameters": parameters, "responses": answers}}


_LIST = _in_query(start=(_NUMBER, "rows to pass over"), limit=(_NUMBER, "rows of a page, at most 500"))
PATHS: dict[str, Any] = {
    "/api/v1/coverage": _read(
        "Coverage that a search finds, newest first",
        "CoveragePage",
        _in_query(
            q=(_TEXT, "in the search language of the archive"),
            page=(_TEXT, "next_page of the answer before"),
            limit=(_NUMBER, "rows of a page, at most 500"),
        ),
    ),
    "/api/v1/coverage/{key}": _read("One piece of coverage", "Coverage", _in_path("key")),
    "/api/v1/statements": _read("All positions", "Page", _LIST),
    "/api/v1/links": _read("All links", "Page", _LIST),
    "/api/v1/digests": _read("All issues", "Page", _LIST),
    "/api/v1/links/{coverage_key}/{statement_key}": {
        "post": {
            "summary": "Decide on a link",
            "parameters": _in_path("coverage_key", "statement_key"),
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Decision")}}},
            "responses": {
                "200": _answer("the link as it is now", "Link"),
                "400": _answer("the decision cannot be understood", "Error"),
                "401": _answer("no token, or one that is not known", "Error"),
                "403": _answer("the account may not decide", "Error"),
                "404": _answer("nothing of that name", "Error"),
                "409": _answer("another person changed the link meanwhile", "Changed"),
            },
        }
    },
    "/feeds/positions/{key}.atom": _read(
        "Coverage of a position as Atom", None, _in_path("key"), "application/atom+xml"
    ),
    "/feeds/issues.atom": _read("Issues that went out, as Atom", None, [], "application/atom+xml"),
}


def describe() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cuttings",
            "version": "1",
            "description": "Make a token on your account page. Programs send it as a bearer token, "
            "feed readers as the password of basic authentication.",
        },
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }
