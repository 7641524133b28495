"""Small things that go wrong in every pipeline; none of them may change the verdict on a model."""

from __future__ import annotations

from collections.abc import Sequence

from demonstration.ground_truth import Label
from demonstration.traffic import Call


def befall_capture(lines: list[bytes], hour: int) -> list[bytes]:
    """In the first hour a line is cut short and one is written twice; in the second one is base64
    that is none."""
    lines = list(lines)
    if hour == 0:
        lines[3] = lines[3][: len(lines[3]) // 2]
        lines.append(lines[5])
    if hour == 1:
        lines[4] = _break_base64(lines[4])
    return lines


def befall_labels(files: dict[str, bytes], hour: int) -> dict[str, bytes]:
    """In the first hour a file is uploaded again under another name; in the second a compressed one
    arrives cut short, beside the whole one."""
    files = dict(files)
    for key, body in list(files.items()):
        folder, name = key.rsplit("/", 1)
        if hour == 0:
            files[f"{folder}/again-{name}"] = body
        if hour == 1 and name.endswith(".gz"):
            files[f"{folder}/broken-{name}"] = body[: len(body) // 2]
    return files


def labels_of(call: Call, forgotten: bool) -> tuple[str, Sequence[Label]]:
    """The labels of one call; the annotator may have forgotten the first record."""
    labels: list[Label] = list(call.labels)
    if forgotten:
        labels[0] = None
    return call.request_id, labels


def _break_base64(line: bytes) -> bytes:
    """Say that the response is BASE64 and let it hold what no BASE64 has."""
    start = line.index(b'"endpointOutput"')
    head, tail = line[:start], line[start:]
    data = b'"data": "'
    encoding = tail.rindex(b'"encoding": "') + len(b'"encoding": "')
    end = tail.index(b'"', encoding)
    tail = tail[:encoding] + b"BASE64" + tail[end:]
    return head + tail.replace(data, data + b"%", 1)
