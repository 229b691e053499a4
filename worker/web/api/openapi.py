"""The description of the API (OpenAPI 3.1), made of the table of operations and the types of their forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from worker.web.api.answers import PROBLEM, ProblemForm
from worker.web.api.operation import KEY_HEADER, Operation, Query

VERSION = "1.0"
_REF = "#/components/schemas/{model}"
_INTRO = """Previews and sends digests, and reads what Watercooler knows.

Lists come in pages: `next` of one is the `cursor` of the following. Times are ISO 8601 with their zone. Faults are
problem documents (RFC 9457). Fields may be added to the forms, not renamed."""

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_Schemas = dict[tuple[str, str], dict[str, Any]]


def describe(operations: Sequence[Operation], server: str) -> dict[str, Any]:
    """The document."""
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Watercooler", "version": VERSION, "description": _INTRO},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "WATERCOOLER_API_TOKEN"}},
            "responses": {"Problem": _content("What is wrong, and what to do.", schemas["problem", "gives"], PROBLEM)},
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
    return schemas, components


def _operation(one: Operation, schemas: _Schemas) -> dict[str, Any]:
    asks, gives = schemas[one.name, "asks"], schemas[one.name, "gives"]
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*_of_path(one), *_of_query(one, asks), *_of_head(one)],
        "responses": {
            str(one.status): _content(one.summary, gives),
            "default": _PROBLEM,
        },
    }
    if one.also:
        found["responses"]["200"] = _content(one.summary, schemas[f"{one.name}/200", "gives"])
    if one.method == "GET":
        found["responses"]["304"] = {"description": "It is what If-None-Match names."}
    if not issubclass(one.asks, Query):
        required = any(field.is_required() for field in one.asks.model_fields.values())
        found["requestBody"] = {"required": required, "content": {"application/json": {"schema": asks}}}
    return found


def _of_path(one: Operation) -> list[dict[str, Any]]:
    schema = {"type": "integer", "minimum": 0}
    return [{"name": "id", "in": "path", "required": True, "schema": schema}] if "{id}" in one.path else []


def _of_query(one: Operation, asks: dict[str, Any]) -> list[dict[str, Any]]:
    if not issubclass(one.asks, Query):
        return []
    return [
        {"name": name, "in": "query", "required": name in asks.get("required", ()), "schema": schema}
        for name, schema in asks.get("properties", {}).items()
    ]


def _of_head(one: Operation) -> list[dict[str, Any]]:
    if one.method == "GET":
        return [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}]
    says = (
        "Asked again with the same key and the same body, it is the same issue; with another body it is refused (409)."
    )
    key = {"name": KEY_HEADER, "in": "header", "description": says, "schema": {"type": "string", "maxLength": 255}}
    return [key] if one.keyed else []


def _content(description: str, schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}
