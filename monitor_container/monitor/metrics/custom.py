"""Loads a user's own metrics: a Python file outside the package that uses the same decorator."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path

from monitor.metrics.registry import REGISTRY


class CustomMetricError(RuntimeError):
    """A file of custom metrics could not be loaded."""


def load_custom(path: str | Path) -> list[str]:
    """Register a Python file's metrics and return their names; loading it again replaces them."""
    file = Path(path).resolve()
    # The name comes from the path, so that a user's `email.py` cannot stand in for another module.
    name = f"monitor_custom_metrics_{hashlib.sha256(str(file).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise CustomMetricError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    before = dict(REGISTRY.entries)
    others = {key: entry for key, entry in before.items() if entry.source != name}
    REGISTRY.entries = dict(others)
    sys.modules[name] = module  # where dataclasses and pickle look for a class's module
    try:
        spec.loader.exec_module(module)
    # The edge to code that is not ours: whatever it raises, the message has to name the file.
    except Exception as error:
        REGISTRY.entries = before
        del sys.modules[name]
        raise CustomMetricError(f"{path}: {type(error).__name__}: {error}") from error
    return list(dict.fromkeys(key[1] for key in REGISTRY.entries.keys() - others.keys()))
