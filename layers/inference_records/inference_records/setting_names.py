"""An error in a document of settings -> the same, with the names that would have been right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import msgspec
from msgspec import inspect

_UNKNOWN = re.compile(r"unknown field `(?P<name>.*?)`(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_NO_CHOICE = re.compile(
    r"Invalid enum value '(?P<name>.*?)'(?: - at `\$(?P<path>.*)`)?$", re.DOTALL
)
_STEP = re.compile(r"\.(\w+)|(\[[^\]]*\])")


def with_known_names(message: str, document: type[msgspec.Struct]) -> str:
    """What msgspec says of a field or value that there is not, and which there are at its place."""
    for pattern, known in ((_UNKNOWN, _fields), (_NO_CHOICE, _choices)):
        if (found := pattern.search(message)) is None:
            continue
        places = _at(inspect.type_info(document), found["path"] or "")
        names = sorted({name for place in places for name in known(place)})
        if names:
            meant = _meant(found["name"], names, inspect.type_info(document))
            return f"{message}{meant} Known there: {', '.join(names)}"
    return message


def _meant(name: str, names: list[str], document: inspect.Type) -> str:
    """The same name at another place, the nearest name at this one, or nothing."""
    if (place := next(_elsewhere(document, name, "$"), None)) is not None:
        return f"; it belongs to `{place}`."
    near = [known for known in names if known.lower().startswith(name.lower())]
    near = near or get_close_matches(name, names, 1)
    return f"; did you mean `{near[0]}`?" if near else "."


def _elsewhere(place: inspect.Type, name: str, path: str) -> Iterator[str]:
    for kind in _alternatives(place):
        if isinstance(kind, inspect.StructType):
            if path != "$" and name in _fields(kind):
                yield path
            for field in kind.fields:
                yield from _elsewhere(field.type, name, f"{path}.{field.encode_name}")


def _at(place: inspect.Type, path: str) -> list[inspect.Type]:
    """The types that a value at a path may have."""
    found = list(_alternatives(place))
    for field, _item in _STEP.findall(path):
        found = [inner for outer in found for kind in _within(outer, field)
                 for inner in _alternatives(kind)]  # fmt: skip
    return found


def _within(place: inspect.Type, field: str) -> Iterator[inspect.Type]:
    if isinstance(place, inspect.StructType):
        yield from (known.type for known in place.fields if known.encode_name == field)
    elif isinstance(place, inspect.DictType) and not field:
        yield place.value_type
    elif isinstance(place, inspect.VarTupleType | inspect.ListType) and not field:
        yield place.item_type


def _alternatives(place: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(place, inspect.UnionType):
        for kind in place.types:
            yield from _alternatives(kind)
    elif isinstance(place, inspect.Metadata):
        yield from _alternatives(place.type)
    else:
        yield place


def _fields(place: inspect.Type) -> list[str]:
    return [f.encode_name for f in place.fields] if isinstance(place, inspect.StructType) else []


def _choices(place: inspect.Type) -> list[str]:
    return list(map(str, place.values)) if isinstance(place, inspect.LiteralType) else []
