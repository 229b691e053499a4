"""The description of the API (OpenAPI 3.1), made of the table of operations and the types of their forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from worker.web.api.answers import PROBLEM, ProblemForm
from worker.web.api.asked import LARGEST
from worker.web.api.operation import KEY_HEADER, Operation, Query

VERSION = "1.1"
_REF = "#/components/schemas/{model}"
_INTRO = """Previews and sends digests, and reads what Watercooler knows.

Lists come in pages: `next` of one is the `cursor` of the following. Times are ISO 8601 with their zone. Faults are
problem documents (RFC 9457). Fields may be added to the forms, not renamed."""

_TEXT = {"type": "string"}
_ETAG = {"ETag": {"description": "For If-None-Match.", "schema": _TEXT}}
_WAIT = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to say who asks.", "schema": _TEXT}}
_FAULTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "400": ("The body is no JSON, or the idempotency key cannot be one.", {}),
    "401": ("No token, or one that is not known.", _CHALLENGE),
    "403": ("The token is for other things.", {}),
    "404": ("What is named is not there.", {}),
    "409": ("It contradicts how things stand.", {}),
    "413": ("The body is too large.", {}),
    "415": ("The body is not sent as JSON.", {}),
    "422": ("A field is wrong, unknown or missing.", {}),
    "429": ("Too many wrong tokens, or too much read without one; later again.", _WAIT),
    "503": ("It does not work now.", {}),
    "default": ("What is wrong, and what to do.", {}),
}
_OF_PATH: dict[str, dict[str, Any]] = {
    "id": {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST, "examples": [1]},
    "key": {"type": "string", "minLength": 1, "pattern": "^[^/]+$", "examples": ["harbour-lights"]},
    "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$", "maxLength": 64, "examples": ["my-outlet"]},
}
_Schemas = dict[tuple[str, str], dict[str, Any]]


def describe(operations: Sequence[Operation], server: str, *, is_open: bool = False) -> dict[str, Any]:
    """The document. Where reading is open to all (`is_open`), it says which operations need no token."""
    schemas, components = _schemas(operations)
    by_name = {one.name: one for one in operations}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        found = _operation(one, schemas, by_name)
        if one.public and is_open:
            found["security"] = [{"token": []}, {}]
        paths.setdefault(one.path, {})[one.method.lower()] = found
    problem = schemas["problem", "gives"]
    faults = {_name(code): _content(says, problem, PROBLEM, heads) for code, (says, heads) in _FAULTS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Watercooler", "version": VERSION, "description": _INTRO},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "WATERCOOLER_API_TOKEN"}},
            "responses": faults,
        },
    }


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    """The schemas of what is asked and given, by operation, and those that they share."""
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [("problem", "serialization", TypeAdapter(ProblemForm))]
    for one in operations:
        inputs += [(one.name, "validation", TypeAdapter(one.asks)), (one.name, "serialization", TypeAdapter(one.gives))]
        inputs += [(f"{one.name}/200", "serialization", TypeAdapter(one.also))] if one.also else []
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    modes = {"validation": "asks", "serialization": "gives"}
    components: dict[str, Any] = shared["$defs"]
    schemas = {(str(name), modes[mode]): schema for (name, mode), schema in found.items()}
    for one in operations:
        if issubclass(one.asks, Query):  # its fields are parameters
            reference = schemas[one.name, "asks"].get("$ref", "")
            name = reference.rpartition("/")[2]
            schemas[one.name, "asks"] = components.get(name, schemas[one.name, "asks"])
    for one in operations:
        if issubclass(one.asks, Query):
            components.pop(one.asks.__name__, None)
    for schema in components.values():
        for field in schema.get("properties", {}).values():
            if field.get("default") == "":  # it stands for nothing being said, and saying just that is refused
                del field["default"]
    return schemas, components


def _operation(one: Operation, schemas: _Schemas, by_name: Mapping[str, Operation]) -> dict[str, Any]:
    asks, gives = schemas[one.name, "asks"], schemas[one.name, "gives"]
    good = _content(one.summary, gives, heads=_heads(one))
    if one.links:
        good["links"] = {name: _link(by_name[name], place) for name, place in one.links.items()}
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*_of_path(one), *_of_query(one, asks), *_of_head(one)],
        "responses": {str(one.status): good, **_faults(one)},
    }
    if one.also:
        found["responses"]["200"] = _content(one.summary, schemas[f"{one.name}/200", "gives"])
    if one.method == "GET":
        found["responses"]["304"] = {"description": "It is what If-None-Match names.", "headers": _ETAG}
    if not issubclass(one.asks, Query):
        found["requestBody"] = {"required": _is_needed(one.asks), "content": {"application/json": {"schema": asks}}}
    return found


def _is_needed(asks: type[BaseModel]) -> bool:
    """Is no body at all, which is an empty object, too little?"""
    try:
        asks.model_validate({})
    except ValidationError:
        return True
    return False


def _heads(one: Operation) -> dict[str, Any]:
    if one.method == "GET":
        return _ETAG
    return {"Location": {"description": "Where the issue is.", "schema": _TEXT}} if one.keyed else {}


def _faults(one: Operation) -> dict[str, Any]:
    """What may go wrong, and the default for what nobody thought of."""
    codes = [code for code in _FAULTS if one.method == "POST" or code not in ("400", "413", "415")]
    return {code: {"$ref": f"#/components/responses/{_name(code)}"} for code in codes}


def _name(code: str) -> str:
    return "Problem" if code == "default" else f"Problem{code}"


def _link(target: Operation, place: str) -> dict[str, Any]:
    """Where an answer says what the path of another operation wants."""
    return {"operationId": target.name, "parameters": {_names(target)[0]: f"$response.body#{place}"}}


def _names(one: Operation) -> list[str]:
    return re.findall(r"{(\w+)}", one.path)


def _of_path(one: Operation) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": _OF_PATH[name]} for name in _names(one)]


def _of_query(one: Operation, asks: dict[str, Any]) -> list[dict[str, Any]]:
    if not issubclass(one.asks, Query):
        return []
    return [
        {"name": name, "in": "query", "required": name in asks.get("required", ()), "schema": schema}
        for name, schema in asks.get("properties", {}).items()
    ]


def _of_head(one: Operation) -> list[dict[str, Any]]:
    if one.method == "GET":
        return [{"name": "If-None-Match", "in": "header", "schema": _TEXT}]
    says = (
        "Asked again with the same key and the same body, it is the same issue; with another body it is refused (409)."
    )
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$", "examples": ["renewal-1"]}
    return [{"name": KEY_HEADER, "in": "header", "description": says, "schema": schema}] if one.keyed else []


def _content(
    description: str, schema: dict[str, Any], kind: str = "application/json", heads: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"description": description, "content": {kind: {"schema": schema}}}
    return {**found, "headers": dict(heads)} if heads else found
