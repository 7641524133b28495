"""The reference of monitor.json, from its JSON Schema: a row a field, of inner objects too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs.generator.markdown import code, table

_NAMES = {"string": "text", "boolean": "`true`, `false`", "number": "number", "null": "null"}
_BOUNDS = {
    "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above",
    "exclusiveMaximum": "below", "minLength": "length at least", "maxLength": "length at most",
    "minItems": "items at least", "maxItems": "items at most", "pattern": "matching",
}  # fmt: skip

Node = Mapping[str, Any]


def settings(schema: Node) -> str:
    """A table of every field, by its path in the document."""
    return table(("Field", "Value", "Default", "What it is"), fields(schema))


def fields(schema: Node) -> Iterator[tuple[str, ...]]:
    """Of every field the path, the kind of value, the default and what it is."""
    return _Reader(schema.get("$defs", {})).rows(schema, "")


class _Reader:
    """Follows the references of one schema."""

    def __init__(self, definitions: Node) -> None:
        self._definitions = definitions

    def rows(
        self, node: Node, path: str, within: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, ...]]:
        """The fields of the objects that a node may be; an object within itself is told once."""
        for name, found in self._objects(node, path):
            title = found.get("title", "")
            if title in within:
                continue
            required = found.get("required", [])
            for field, value in found["properties"].items():
                field_path = f"{name}.{field}" if name else field
                default = "required" if field in required else _default(value)
                yield code(field_path), self._kind(value), default, self._told(value)
                yield from self.rows(value, field_path, (*within, title))

    def _objects(self, node: Node, path: str) -> Iterator[tuple[str, Node]]:
        """The objects with fields of their own that a node stands for, with their paths."""
        node = self._resolved(node)
        if "properties" in node:
            yield path, node
        for choice in _choices(node):
            yield from self._objects(choice, path)
        if "items" in node and isinstance(node["items"], Mapping):
            yield from self._objects(node["items"], f"{path}[]")
        if isinstance(node.get("additionalProperties"), Mapping):
            yield from self._objects(node["additionalProperties"], f"{path}.NAME")

    def _resolved(self, node: Node) -> Node:
        if "$ref" not in node:
            return node
        found = self._definitions[node["$ref"].rsplit("/", 1)[-1]]
        return {**found, **{key: value for key, value in node.items() if key != "$ref"}}

    def _kind(self, node: Node) -> str:
        """What a value may be, in words; null is how a default is written, and so is not told."""
        node = self._resolved(node)
        if choices := _choices(node):
            return " or ".join(
                dict.fromkeys(self._kind(choice) for choice in choices if not _is_null(choice))
            )
        if "const" in node or "enum" in node:
            return ", ".join(code(json.dumps(value)) for value in _listed(node))
        return self._plain(node) + _bounds(node)

    def _plain(self, node: Node) -> str:
        kind = str(node.get("type", "anything"))
        if kind == "array":
            items = node.get("items")
            return f"list of ({self._kind(items)})" if isinstance(items, Mapping) else "list"
        if kind == "object":
            values = node.get("additionalProperties")
            return f"object of ({self._kind(values)})" if isinstance(values, Mapping) else "object"
        return "whole number" if kind == "integer" else _NAMES.get(kind, kind)

    def _told(self, node: Node) -> str:
        return str(self._resolved(node).get("description", ""))


def _choices(node: Node) -> list[Node]:
    return [*node.get("anyOf", []), *node.get("oneOf", []), *node.get("allOf", [])]


def _is_null(node: Node) -> bool:
    return node.get("type") == "null"


def _listed(node: Node) -> list[Any]:
    return list(node["enum"]) if "enum" in node else [node["const"]]


def _bounds(node: Node) -> str:
    return "".join(f", {word} {node[key]}" for key, word in _BOUNDS.items() if key in node)


def _default(node: Node) -> str:
    """Nothing for null and for an object, whose fields have their own."""
    default = node.get("default")
    return "" if default is None or isinstance(default, Mapping) else code(json.dumps(default))
