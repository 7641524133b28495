"""What `features` of monitor.json says: which request columns are kept, and which are hashed."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Features(Struct, frozen=True, forbid_unknown_fields=True):
    """Request columns that are kept beside the prediction, without what must not be seen."""

    keep: Annotated[
        Literal["all"] | tuple[str, ...],
        Meta(description="columns that are kept as they are, unless they are named below"),
    ] = "all"
    leave_out: Annotated[
        tuple[str, ...], Meta(description="columns that are not kept, for personal data")
    ] = ()
    hash: Annotated[
        tuple[str, ...],
        Meta(
            description="columns of which a keyed digest is kept; "
            "the functions need FeatureHashing=Enabled for it"
        ),
    ] = ()

    def __post_init__(self) -> None:
        kept = () if self.keep == "all" else self.keep
        for one, other, names in (
            ("leave_out", "hash", set(self.leave_out) & set(self.hash)),
            ("leave_out", "keep", set(self.leave_out) & set(kept)),
            ("hash", "keep", set(self.hash) & set(kept)),
        ):
            if names:
                listed = ", ".join(sorted(names))
                raise ValueError(f"`{one}` and `{other}` both name {listed}; name each column once")

    @property
    def are_asked_for(self) -> bool:
        """Whether any column of a request is to be kept."""
        return bool(self.keep or self.hash)

    @property
    def hide(self) -> bool:
        """Whether some column must not be seen, so that no original may be kept either."""
        return bool(self.leave_out or self.hash)

    def keeps(self, name: str) -> bool:
        """Whether a column is kept, as it is or hashed."""
        if name in self.leave_out:
            return False
        return self.keep == "all" or name in self.keep or name in self.hash


NO_FEATURES = Features(keep=())


def in_full(short: Literal["none", "all"] | tuple[str, ...] | Features) -> Features:
    """Any form of the setting as the object that says the same."""
    if isinstance(short, Features):
        return short
    return NO_FEATURES if short == "none" else Features(keep=short)
