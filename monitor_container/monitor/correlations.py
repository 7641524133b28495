"""How the errors of the metrics go together: correlations over the requests, of all sources."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from monitor.clusters import Source
from monitor.request_sums import by_request, portions

_DECIMALS = 6
"""Beyond them the order of a sum shows."""


def correlations(sources: Sequence[Source]) -> dict[tuple[str, str], float]:
    """Of the errors of each pair of metrics, names in order, in the only variant and window.

    A metric that no record moves goes with none.
    """
    parts = [_sums(source, metrics) for source in sources for metrics in portions(source)]
    if not parts:
        return {}
    # A request without a probability does not move the metrics of probabilities.
    together = pd.concat(parts, axis=1, sort=True).fillna(0.0)
    together = together[sorted(together.columns)]
    scaled = together.to_numpy() / np.maximum(together.abs().max().to_numpy(), 1.0)
    products = scaled.T @ scaled
    size = np.sqrt(products.diagonal())
    names = list(together.columns)
    return {
        (names[one], names[other]): float(
            np.clip(
                np.round(products[one, other] / (size[one] * size[other]), _DECIMALS), -1.0, 1.0
            )
        )
        for one in range(len(names))
        for other in range(one + 1, len(names))
        if size[one] and size[other]
    }


def _sums(source: Source, metrics: list[str]) -> pd.DataFrame:
    names = {f"i{place}": name for place, name in enumerate(metrics)}
    table = by_request(source, metrics).select("request", *names).to_pyarrow()
    frame: pd.DataFrame = table.to_pandas().set_index("request").astype("float64")
    return frame.rename(columns=names)
