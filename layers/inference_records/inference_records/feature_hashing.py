"""Values of personal data -> keyed digests: equal values stay equal, and cannot be guessed back.

The digest is the first half of HMAC-SHA256 over the value's canonical text, as 32 hex digits. A
plain hash would not do: whoever hashes every postcode finds the one that was hashed.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

import pyarrow as pa

from inference_records.configuration import BadConfiguration, Configuration
from inference_records.features import TEXT_PREFIX

MIN_KEY_BYTES = 16
_DIGEST_BYTES = 16


def hash_key(secret: str | None, where: str) -> bytes | None:
    """The key that a secret text is, None for no text; raises `BadConfiguration` for a weak one."""
    if not secret:
        return None
    key = secret.encode()
    if len(key) < MIN_KEY_BYTES:
        raise BadConfiguration(
            f"{where}: the key of hashed features has {len(key)} bytes, "
            f"fewer than the {MIN_KEY_BYTES} that cannot be guessed"
        )
    return key


def check_key(configuration: Configuration, key: bytes | None) -> None:
    """Raises `BadConfiguration` where features are to be hashed and nothing to hash them with."""
    if configuration.kept_features.hash and key is None:
        raise BadConfiguration(
            "monitor.json: `$.features.hash` needs a key, and there is none: deploy the stack with "
            "FeatureHashing=Enabled"
        )


def with_digests(table: pa.Table, hashed: Collection[str], key: bytes) -> pa.Table:
    """The table with digests in place of the canonical texts of hashed features."""
    for name in hashed:
        place = table.schema.get_field_index(TEXT_PREFIX + name)
        if place >= 0:
            digests = _digests(table.column(place), key)
            table = table.set_column(place, TEXT_PREFIX + name, digests)
    return table


def _digests(texts: pa.ChunkedArray, key: bytes) -> pa.Array:
    """Each distinct value is hashed once, however often it occurs; null stays null."""
    encoded = texts.cast(pa.string()).combine_chunks().dictionary_encode()
    digests = [
        hmac.digest(key, text.encode(), "sha256")[:_DIGEST_BYTES].hex()
        for text in encoded.dictionary.to_pylist()
    ]
    return pa.array(digests, pa.string()).take(encoded.indices)
