"""Standard errors clustered by request, against sandwiches made by hand and known formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_records.configuration import Configuration
from monitor.aggregate import Statistics, aggregate
from monitor.baseline import Columns, make_baseline
from monitor.interpret import interpret
from monitor.metrics import (
    REGISTRY,
    ConfusionMatrix,
    ProblemType,
    Uncertainty,
    evaluate,
    metric,
    registered,
)

from .rows import evaluated
from .weighted_metrics import binary, multiclass, regression, sandwich

BINARY = Configuration(problem_type="BinaryClassification")
MULTICLASS = Configuration(problem_type="MulticlassClassification")
REGRESSION = Configuration(problem_type="Regression", quantile=0.7)

seeds = st.integers(0, 2**32 - 1)
modest = settings(
    max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)

Table = dict[str, Any]


def statistics(rows: Table, configuration: Configuration, order: Any = None) -> Statistics:
    """Of the only variant and window; the rows in some order."""
    if order is not None:
        rows = {name: [column[i] for i in order] for name, column in rows.items()}
    (found,) = all_statistics(evaluated(**rows), configuration).values()
    return found


def all_statistics(
    table: ibis.Table, configuration: Configuration
) -> Mapping[tuple[str, int], Statistics]:
    reading = interpret(table, configuration)
    needed = {name for m in registered(reading.problem_type) for name in m.parameters}
    return aggregate(table, reading, configuration, needed)


def errors(rows: Table, configuration: Configuration) -> Mapping[str, Uncertainty]:
    return statistics(rows, configuration).errors


def requests(chance: np.random.Generator, count: int, most: int) -> list[str]:
    """Ids of as many records; some requests have several, scattered among the others."""
    return [f"r{number}" for number in chance.integers(0, max(count // most, 1), count)]


def binary_rows(chance: np.random.Generator, count: int) -> Table:
    p = chance.integers(1, 40, count) / 40
    y = chance.random(count) < p
    said = chance.random(count) < 0.8 * p
    return {"label": y.astype(int), "prediction": said.astype(int), "probability": p}


def regression_rows(chance: np.random.Generator, count: int) -> Table:
    y = chance.normal(3, 2, count).round(1) * chance.choice([0, 1, 1], count)
    return {"label": y, "prediction": (y + chance.normal(0.3, 1, count)).round(3)}


def multiclass_rows(chance: np.random.Generator, count: int) -> Table:
    vectors = chance.dirichlet(np.ones(5), count)
    label = np.array([chance.choice(5, p=vector) for vector in vectors])
    said = np.where(chance.random(count) < 0.7, vectors.argmax(axis=1), label)
    return {"label": label, "prediction": said, "probabilities": vectors}


def same(found: Mapping[str, Uncertainty], expected: Mapping[str, Any], names: list[str]) -> None:
    """Both errors and the number of requests are those of the sandwich made by hand."""
    for name, (of, counted) in expected.items():
        by_hand = sandwich(of, names, counted) if counted.any() else None
        if by_hand is None or not np.isfinite(by_hand[0]):
            assert name not in found, name
            continue
        error = found[name]
        assert (error.standard_error, error.independent_error) == pytest.approx(
            by_hand[:2], rel=1e-5, abs=1e-8
        ), name
        assert error.requests == by_hand[2], name
        assert error.records == counted.sum(), name


@modest
@given(seeds)
def test_errors_of_a_binary_model_are_the_sandwich_made_by_hand(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = binary_rows(chance, int(chance.integers(12, 60)))
    names = requests(chance, len(rows["label"]), int(chance.integers(1, 5)))
    y, said, p = rows["label"] == 1, rows["prediction"] == 1, rows["probability"]
    with np.errstate(all="ignore"):
        same(errors({**rows, "request": names}, BINARY), binary(y, said, p), names)


@modest
@given(seeds)
def test_errors_of_a_regression_are_the_sandwich_made_by_hand(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = regression_rows(chance, int(chance.integers(12, 60)))
    names = requests(chance, len(rows["label"]), int(chance.integers(1, 5)))
    found = errors({**rows, "request": names}, REGRESSION)
    same(found, regression(rows["label"], rows["prediction"]), names)


@modest
@given(seeds)
def test_errors_of_a_classifier_are_the_sandwich_made_by_hand(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = multiclass_rows(chance, int(chance.integers(40, 80)))
    names = requests(chance, len(rows["label"]), int(chance.integers(1, 5)))
    found = errors({**rows, "request": names}, MULTICLASS)
    same(found, multiclass(rows["label"], rows["prediction"], rows["probabilities"]), names)


@modest
@given(seeds, st.sampled_from(["binary", "multiclass", "regression"]))
def test_no_order_of_the_rows_changes_a_bit(seed: int, kind: str) -> None:
    chance = np.random.default_rng(seed)
    make, configuration = {
        "binary": (binary_rows, BINARY),
        "multiclass": (multiclass_rows, MULTICLASS),
        "regression": (regression_rows, REGRESSION),
    }[kind]
    rows = make(chance, 200)
    rows = {
        **rows,
        "request": requests(chance, 200, 4),
        "fold": chance.integers(0, 5, 200).tolist(),
    }
    found = statistics(rows, configuration).errors
    assert found
    assert statistics(rows, configuration, chance.permutation(200)).errors == found


def test_with_one_record_a_request_errors_are_those_of_the_textbook() -> None:
    chance = np.random.default_rng(5)
    rows = binary_rows(chance, 400)
    y, said, p = rows["label"] == 1, rows["prediction"] == 1, rows["probability"]
    found = errors(rows, BINARY)

    def proportion(name: str, of: NDArray[np.bool_]) -> None:
        variance = of.mean() * (1 - of.mean()) / (len(of) - 1)
        assert found[name].standard_error == pytest.approx(np.sqrt(variance)), name
        assert found[name].requests == len(of)

    proportion("accuracy", y == said)
    proportion("recall", said[y])
    proportion("precision", y[said])
    proportion("true_negative_rate", ~said[~y])
    proportion("false_positive_rate", said[~y])
    brier = (y - p) ** 2
    assert found["brier_score"].standard_error == pytest.approx(brier.std(ddof=1) / np.sqrt(400))
    for error in found.values():
        if error.independent_error is not None:
            assert error.standard_error == pytest.approx(error.independent_error)
            assert error.design_effect in (None, pytest.approx(1.0))


@pytest.mark.parametrize(("name", "beta"), [("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0)])
def test_the_error_of_an_f_score_is_that_of_the_delta_method(name: str, beta: float) -> None:
    rows = binary_rows(np.random.default_rng(6), 300)
    y, said = rows["label"] == 1, rows["prediction"] == 1
    tp, fp, fn = (int(of.sum()) for of in (y & said, ~y & said, y & ~said))
    weight = beta * beta
    below = (1 + weight) * tp + weight * fn + fp
    value = (1 + weight) * tp / below
    # A record's own move of numerator and denominator, by the kind of record that it is.
    moves = [(1 + weight) * (1 - value) / below, -value / below, -weight * value / below]
    counts = tp + fp + fn
    squares = sum(n * move**2 for n, move in zip((tp, fp, fn), moves, strict=True))
    expected = np.sqrt(squares * counts / (counts - 1))
    assert errors(rows, BINARY)[name].standard_error == pytest.approx(expected)


def test_with_one_record_a_request_the_error_of_the_area_is_delongs() -> None:
    rows = binary_rows(np.random.default_rng(7), 1000)
    y, p = rows["label"] == 1, rows["probability"]
    above = (p[y][:, None] > p[~y]) + 0.5 * (p[y][:, None] == p[~y])
    positives, negatives = above.mean(axis=1), above.mean(axis=0)
    delong = np.sqrt(
        positives.var(ddof=1) / len(positives) + negatives.var(ddof=1) / len(negatives)
    )
    found = errors(rows, BINARY)["auc"]
    assert found.standard_error == pytest.approx(delong, rel=1e-3)
    assert found.standard_error >= delong


def test_with_one_record_a_request_errors_of_a_regression_are_those_of_means() -> None:
    rows = regression_rows(np.random.default_rng(8), 500)
    y, e = rows["label"], rows["label"] - rows["prediction"]
    found = errors(rows, REGRESSION)

    def of_mean(values: NDArray[np.float64]) -> float:
        return float(values.std(ddof=1) / np.sqrt(len(values)))

    assert found["mae"].standard_error == pytest.approx(of_mean(abs(e)))
    assert found["mse"].standard_error == pytest.approx(of_mean(e**2))
    rmse = np.sqrt(np.mean(e**2))
    assert found["rmse"].standard_error == pytest.approx(of_mean(e**2) / (2 * rmse))
    assert found["mape"].standard_error == pytest.approx(of_mean(abs(e[y != 0] / y[y != 0])))
    spread = (y - y.mean()) ** 2
    ratio = np.sum(e**2) / spread.sum()
    assert found["r2"].standard_error == pytest.approx(
        of_mean(e**2 - ratio * spread) / spread.mean()
    )


def shared_effect(chance: np.random.Generator, groups: int, size: int) -> Table:
    """Records of a request share how hard they are to tell apart."""
    shared = np.repeat(chance.normal(0, 1.0, groups), size)
    count = groups * size
    y = chance.random(count) < np.repeat(chance.beta(2, 4, groups), size)
    score = 1 / (1 + np.exp(-((2 * y - 1) * (0.7 + shared) + chance.normal(0, 1, count))))
    return {
        "label": y.astype(int),
        "prediction": (score >= 0.5).astype(int),
        "probability": score.round(3),
        "request": [f"r{number}" for number in np.repeat(np.arange(groups), size)],
    }


def test_errors_are_close_to_the_bootstrap_of_whole_requests() -> None:
    chance = np.random.default_rng(9)
    rows = shared_effect(chance, 200, 5)
    part = statistics(rows, BINARY)
    y, said, p = rows["label"] == 1, rows["prediction"] == 1, rows["probability"]
    of = {name: both[0] for name, both in binary(y, said, p).items()}
    draws = chance.multinomial(200, np.full(200, 1 / 200), 200).astype(float)
    for name in ("accuracy", "recall", "f1", "mcc", "auc", "average_precision", "log_loss"):
        spread = np.std([of[name](np.repeat(draw, 5)) for draw in draws], ddof=1)
        assert part.errors[name].standard_error == pytest.approx(spread, rel=0.15), name
        assert (part.errors[name].design_effect or 0) > 1.1, name


def test_the_error_of_a_median_is_close_to_the_bootstrap_of_whole_requests() -> None:
    chance = np.random.default_rng(17)
    scale = np.repeat(chance.uniform(0.5, 2.0, 400), 5)
    y = chance.normal(10, 3, 2000)
    e = scale * chance.normal(0, 1, 2000)
    names = [f"r{number}" for number in np.repeat(np.arange(400), 5)]
    found = errors({"label": y, "prediction": y + e, "request": names}, REGRESSION)
    of_requests = abs(e).reshape(400, 5)
    draws = [np.median(of_requests[chance.integers(0, 400, 400)]) for _ in range(400)]
    error = found["median_absolute_error"]
    assert error.standard_error == pytest.approx(np.std(draws, ddof=1), rel=0.15)
    assert (error.design_effect or 0) > 1.1
    assert (error.requests, error.records) == (400, 2000)


def test_a_median_among_equal_errors_has_no_error() -> None:
    rows: Table = {"label": [1.0, 2.0, 3.0, 4.0, 9.0], "prediction": [2.0, 3.0, 4.0, 5.0, 9.0]}
    found = errors(rows, REGRESSION)
    assert "median_absolute_error" not in found
    assert "mae" in found


@pytest.fixture(scope="module")
def many_windows() -> list[Statistics]:
    """250 windows of 80 requests of five records, whose model never changes."""
    chance = np.random.default_rng(10)
    drawn = [shared_effect(chance, 80, 5) for _ in range(250)]
    together: Table = {
        name: np.concatenate([np.asarray(rows[name]) for rows in drawn]).tolist()
        for name in drawn[0]
    }
    together["window"] = np.repeat(np.arange(250), 400).tolist()
    return list(all_statistics(evaluated(**together), BINARY).values())


def values(windows: list[Statistics], name: str) -> NDArray[np.float64]:
    found = [evaluate(ProblemType.BINARY_CLASSIFICATION, part.inputs)[name] for part in windows]
    return np.array([of.value for of in found], dtype=np.float64)


@pytest.mark.parametrize("name", ["accuracy", "auc", "average_precision"])
def test_errors_are_right_where_records_of_a_request_share_an_effect(
    many_windows: list[Statistics], name: str
) -> None:
    """The mean square of the errors told is the variance of the metric over many windows."""
    errors_ = [part.errors[name] for part in many_windows]
    told = np.sqrt(np.mean([of.standard_error**2 for of in errors_]))
    naive = np.sqrt(np.mean([(of.independent_error or 0.0) ** 2 for of in errors_]))
    spread = values(many_windows, name).std(ddof=1)
    assert told == pytest.approx(spread, rel=0.12)
    assert naive < 0.9 * spread


def test_errors_of_metrics_go_together_as_the_metrics_of_many_windows_do(
    many_windows: list[Statistics],
) -> None:
    rows = shared_effect(np.random.default_rng(16), 800, 5)
    found = make_baseline(pd.DataFrame(rows), Columns(), BINARY).correlations
    for pair in (("accuracy", "auc"), ("precision", "recall"), ("auc", "log_loss")):
        spread = np.corrcoef([values(many_windows, name) for name in pair])[0, 1]
        assert found[pair] == pytest.approx(spread, abs=0.15), pair


def test_each_variant_and_window_has_errors_of_its_own() -> None:
    chance = np.random.default_rng(11)
    rows = {**binary_rows(chance, 300), "request": requests(chance, 300, 3)}
    variant = chance.choice(["blue", "green"], 300)
    window = chance.integers(0, 2, 300)
    table = evaluated(**rows, variant=variant.tolist(), window=window.tolist())
    found = all_statistics(table, BINARY)
    assert len(found) == 4
    for (name, number), part in found.items():
        of = np.flatnonzero((variant == name) & (window == number))
        alone = errors({k: [column[i] for i in of] for k, column in rows.items()}, BINARY)
        known = {k: v for k, v in part.errors.items() if v.independent_error is not None}
        assert known == {k: v for k, v in alone.items() if k in known}


def test_a_request_that_two_variants_answered_is_one_request_where_they_are_together() -> None:
    rows: Table = {
        "label": [1, 0, 1, 0], "prediction": [1, 1, 1, 0], "request": ["a", "b", "a", "b"],
    }  # fmt: skip
    table = evaluated(**rows).mutate(record_count=ibis.literal(1, "int32"))
    (found,) = all_statistics(table, BINARY).values()
    assert found.errors["accuracy"].requests == 2
    assert found.errors["accuracy"].records == 4


def test_one_request_tells_no_error() -> None:
    one = {"label": [1, 0, 1], "prediction": [1, 1, 1], "probability": [0.9, 0.6, 0.7]}
    assert errors({**one, "request": ["a"] * 3}, BINARY) == {}
    assert errors({"label": [1], "prediction": [1], "probability": [0.9]}, BINARY) == {}
    assert errors({"label": [1.5], "prediction": [1.0]}, REGRESSION) == {}
    assert errors({"label": [1.5, 2], "prediction": [1, 2], "request": ["a"] * 2}, REGRESSION) == {}
    vectors = {"label": [0], "prediction": [0], "probabilities": [[0.5, 0.3, 0.2]]}
    assert errors(vectors, MULTICLASS) == {}


@pytest.mark.parametrize("configuration", [BINARY, MULTICLASS, REGRESSION])
def test_no_records_tell_no_error(configuration: Configuration) -> None:
    assert all_statistics(evaluated(label=[], prediction=[]), configuration) == {}


def test_of_one_class_only_what_is_defined_has_an_error() -> None:
    rows = {"label": [1] * 4, "prediction": [1, 1, 0, 1], "probability": [0.9, 0.8, 0.2, 0.7]}
    found = errors({**rows, "request": list("aabb")}, BINARY)
    assert found["recall"].standard_error == pytest.approx(0.25)
    assert {"auc", "true_negative_rate", "false_positive_rate", "mcc"}.isdisjoint(found)
    assert finite(found)


@pytest.mark.parametrize("right", [True, False])
def test_where_all_are_right_or_all_wrong_the_error_is_zero(right: bool) -> None:
    label = [0, 1] * 6
    said = label if right else [1 - y for y in label]
    rows = {"label": label, "prediction": said, "request": [f"r{i // 2}" for i in range(12)]}
    found = errors(rows, BINARY)
    for name, requests_ in (("accuracy", 6), ("recall", 6), ("precision", 6), ("f1", 6)):
        assert found[name].standard_error == 0.0, name
        assert found[name].requests == requests_, name
        assert found[name].design_effect is None
    assert finite(found)
    of_values = errors({**rows, "prediction": [float(y) for y in label]}, REGRESSION)
    assert of_values["mae"] == Uncertainty(0.0, 0.0, 6, 12)
    assert of_values["rmse"].standard_error == 0.0
    assert finite(of_values)


def test_infinite_and_missing_values_are_left_out_of_the_errors() -> None:
    rows: Table = {
        "label": [1.0, 2.0, 4.0, np.inf, np.nan, 3.0],
        "prediction": [1.5, 2.0, 3.0, 1.0, 1.0, np.nan],
        "request": list("abcdef"),
    }
    usable = {name: column[:3] for name, column in rows.items()}
    found = errors(rows, REGRESSION)
    assert found["mae"] == errors(usable, REGRESSION)["mae"]
    assert found["mae"].records == 3
    classes = {"label": [1, 0, 1, 0], "prediction": [1, 0, 0, None], "request": list("abcd")}
    assert errors(classes, BINARY)["accuracy"].records == 3


@pytest.mark.parametrize("large", [1e19, 1e139])
def test_large_numbers_have_an_error(large: float) -> None:
    found = errors({"label": [large, 0.0, 1.0], "prediction": [-large, 1.0, 1.0]}, REGRESSION)
    mae = np.std([2 * large, 1.0, 0.0], ddof=1) / np.sqrt(3)
    assert found["mae"].standard_error == pytest.approx(mae)
    assert finite(found)


def test_small_numbers_have_an_error() -> None:
    found = errors({"label": [1e-310, 0.0, 1e-300], "prediction": [0.0, 0.0, 0.0]}, REGRESSION)
    assert finite(found)


def test_many_classes_have_errors() -> None:
    chance = np.random.default_rng(12)
    y = chance.integers(0, 60, 3000)
    said = np.where(chance.random(3000) < 0.6, y, chance.integers(0, 60, 3000))
    found = errors({"label": y, "prediction": said}, MULTICLASS)
    right = y == said
    assert found["accuracy"].standard_error == pytest.approx(right.std(ddof=1) / np.sqrt(3000))
    assert "macro_f1" in found
    assert "mcc" in found


def finite(found: Mapping[str, Uncertainty]) -> bool:
    numbers = [n for of in found.values() for n in (of.standard_error, of.independent_error)]
    return all(n is None or np.isfinite(n) for n in numbers)


def test_a_metric_of_the_users_own_has_an_error_by_steps() -> None:
    with REGISTRY.restored():

        @metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=False)
        def missed(confusion_matrix: ConfusionMatrix) -> float:
            """Twice the share of wrong ones."""
            counts = confusion_matrix.counts
            return 2 * float(counts.sum() - counts.trace()) / float(counts.sum())

        chance = np.random.default_rng(13)
        rows = {**binary_rows(chance, 100), "request": requests(chance, 100, 4)}
        found = errors(rows, BINARY)
    assert found["missed"].standard_error == pytest.approx(2 * found["accuracy"].standard_error)
    assert found["missed"].independent_error is not None


def test_a_metric_of_the_users_own_that_sees_rows_has_an_error_by_folds() -> None:
    with REGISTRY.restored():

        @metric(ProblemType.REGRESSION, higher_is_better=False)
        def own_mae(
            label_value: NDArray[np.float64],
            prediction_value: NDArray[np.float64],
            weight: NDArray[np.int64],
        ) -> float:
            """Mean absolute error, of rows."""
            return float(np.average(abs(label_value - prediction_value), weights=weight))

        chance = np.random.default_rng(14)
        rows = {**regression_rows(chance, 2000), "fold": chance.integers(0, 5, 2000).tolist()}
        found = errors(rows, REGRESSION)
        few = errors({**rows, "fold": [0] * 2000}, REGRESSION)
    own = found["own_mae"]
    assert own.independent_error is None
    assert own.design_effect is None
    assert own.degrees_of_freedom == 4
    # Four degrees of freedom: a rough guess.
    assert own.standard_error == pytest.approx(found["mae"].standard_error, rel=0.8)
    assert "own_mae" not in few


def test_a_metric_of_the_users_own_that_fails_costs_no_other_its_error() -> None:
    with REGISTRY.restored():

        @metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)
        def broken(confusion_matrix: ConfusionMatrix) -> float:
            """Divides by nothing."""
            return 1 / 0

        found = errors(binary_rows(np.random.default_rng(15), 50), BINARY)
    assert "broken" not in found
    assert "accuracy" in found
