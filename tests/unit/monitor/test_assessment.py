"""Verdicts by evidence: what violates, what is fine, and what a window could not say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records.verdict_settings import Drop, Verdicts
from monitor.assessment import THRESHOLD_COST, assess
from monitor.baseline import Baseline
from monitor.constraints import Check, Constraint, Operator, Status, check, overall
from monitor.levels import metric_level
from monitor.metrics import MetricValue, ProblemType, Uncertainty, registered

OK, VIOLATION = Status.OK, Status.VIOLATION
NOT_ENOUGH_EVIDENCE, NOT_EVALUATED = Status.NOT_ENOUGH_EVIDENCE, Status.NOT_EVALUATED
METRICS = {m.name: m for kind in ProblemType for m in registered(kind)}
BUDGET = 1 / 720
LESS, GREATER = Operator.LESS, Operator.GREATER


def error(value: float, records: int, requests: int | None = None) -> Uncertainty:
    """Of a share of independent records."""
    deviation = (value * (1 - value) / max(records - 1, 1)) ** 0.5
    return Uncertainty(deviation, deviation, requests or records, records)


BASELINE = Baseline(
    values={"accuracy": 0.9, "recall": 0.8, "false_positive_rate": 0.1},
    errors={
        "accuracy": error(0.9, 10_000),
        "recall": error(0.8, 2_000),
        "false_positive_rate": error(0.1, 8_000),
    },
    correlations={
        ("accuracy", "recall"): 0.4,
        ("accuracy", "false_positive_rate"): -0.7,
        ("false_positive_rate", "recall"): 0.0,
    },
)
RULES = (
    Constraint("accuracy", LESS, 0.9),
    Constraint("recall", LESS, 0.8),
    Constraint("false_positive_rate", GREATER, 0.1),
)


def judged(
    values: Mapping[str, float | None],
    records: int = 2_000,
    *,
    baseline: Baseline = BASELINE,
    settings: Verdicts | None = None,
    rules: tuple[Constraint, ...] = RULES[:1],
    errors: Mapping[str, Uncertainty] | None = None,
) -> list[Check]:
    found = {
        name: MetricValue(value, None if value is not None else "no record is positive")
        for name, value in values.items()
    }
    known = {name: error(value, records) for name, value in values.items() if value is not None}
    return assess(
        rules, found, errors if errors is not None else known, baseline,
        settings or Verdicts(), METRICS, BUDGET,
    )  # fmt: skip


def accuracy(value: float | None, records: int = 2_000, **other: object) -> Check:
    (found,) = judged({"accuracy": value}, records, **other)  # type: ignore[arg-type]
    return found


def test_a_drop_beyond_chance_violates_and_says_by_how_much() -> None:
    found = accuracy(0.85)
    assert found.status is VIOLATION
    assert found.drop == pytest.approx(0.05)
    assert found.baseline == 0.9
    assert found.limit == pytest.approx(0.89)
    assert found.drop_error == pytest.approx((0.85 * 0.15 / 1999 + 0.09 / 9999) ** 0.5)
    assert found.p_value is not None
    assert found.level == BUDGET
    assert found.p_value < found.level


def test_a_value_a_little_below_the_baseline_is_fine() -> None:
    found = accuracy(0.893)
    assert found.status is OK
    assert found.reason is None
    assert found.smallest_visible_drop is not None
    assert found.smallest_visible_drop < 0.1


def test_a_small_window_could_not_have_shown_the_drop_and_says_so() -> None:
    found = accuracy(0.88, 50)
    assert found.status is NOT_ENOUGH_EVIDENCE
    assert found.smallest_visible_drop is not None
    assert found.smallest_visible_drop > 0.1
    visible = f"{found.smallest_visible_drop:.3g}"
    assert found.reason == (
        f"window and baseline are too small: they show no drop smaller than {visible}, "
        "and are to show 0.2 (verdicts.visible_drop)"
    )


def test_a_huge_window_does_not_alarm_on_a_trifle() -> None:
    assert accuracy(0.893, 10_000_000).status is OK
    strict = Verdicts(smallest_drop=0.0)
    assert accuracy(0.88, 10_000_000, settings=strict).status is VIOLATION


def test_a_rate_that_should_be_low_violates_above_its_threshold() -> None:
    (worse,) = judged({"false_positive_rate": 0.16}, rules=RULES[2:])
    (better,) = judged({"false_positive_rate": 0.04}, rules=RULES[2:])
    assert (worse.status, better.status) == (VIOLATION, OK)
    assert worse.drop == pytest.approx(0.06)
    assert better.drop == pytest.approx(-0.06)


def test_a_threshold_below_the_baseline_is_the_limit() -> None:
    rules = (Constraint("accuracy", LESS, 0.8),)
    found = accuracy(0.85, rules=rules)
    assert (found.status, found.limit) == (OK, 0.8)
    assert accuracy(0.75, rules=rules).status is VIOLATION


def test_a_threshold_above_the_baseline_does_not_page_for_what_the_baseline_has() -> None:
    found = accuracy(0.895, rules=(Constraint("accuracy", LESS, 0.95),))
    assert found.status is OK
    assert found.limit == pytest.approx(0.89)


def test_without_a_baseline_the_threshold_is_the_limit() -> None:
    nothing = Baseline()
    assert accuracy(0.87, baseline=nothing).status is VIOLATION
    assert accuracy(0.89, baseline=nothing).status is OK
    assert accuracy(0.89, baseline=nothing).drop is None


def test_a_baseline_of_unknown_error_is_taken_at_its_word() -> None:
    found = accuracy(0.85, baseline=Baseline(values={"accuracy": 0.9}))
    assert found.status is VIOLATION
    assert found.limit == pytest.approx(0.89)


def test_the_drop_that_matters_can_be_said_in_the_metrics_own_unit() -> None:
    drops = Verdicts(drops={"accuracy": Drop(smallest=0.06)})
    assert accuracy(0.85, settings=drops).status is OK
    assert accuracy(0.80, settings=drops).status is VIOLATION
    blind = Verdicts(drops={"accuracy": Drop(visible=0.001)})
    assert accuracy(0.9, settings=blind).status is NOT_ENOUGH_EVIDENCE


def test_a_window_without_positives_says_nothing_of_their_recall() -> None:
    found = accuracy(None)
    assert (found.status, found.reason) == (NOT_ENOUGH_EVIDENCE, "no record is positive")


def test_what_cannot_be_evaluated_is_not_evaluated() -> None:
    missing = MetricValue(None, "needs probabilities", unavailable=True)
    rules = (Constraint("auc", LESS, 0.9), Constraint("acuracy", LESS, 0.9))
    found = assess(rules, {"auc": missing}, {}, BASELINE, Verdicts(), METRICS, BUDGET)
    assert [item.status for item in found] == [NOT_EVALUATED] * 2
    assert [item.reason for item in found] == [
        "needs probabilities",
        "no metric is called acuracy",
    ]


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, "how far it may be off by chance is not known"),
        (
            {"accuracy": Uncertainty(float("inf"), None, 9, 99)},
            "how far it may be off by chance is not known",
        ),
        (
            {"accuracy": Uncertainty(0.0, 0.05, 1, 99)},
            "one request is no evidence: its records go together",
        ),
    ],
)
def test_without_an_error_there_is_no_evidence(known: dict[str, Uncertainty], reason: str) -> None:
    found = accuracy(0.1, errors=known)
    assert (found.status, found.reason) == (NOT_ENOUGH_EVIDENCE, reason)


def test_one_record_is_no_evidence() -> None:
    assert accuracy(0.0, 1).status is NOT_ENOUGH_EVIDENCE
    assert accuracy(1.0, 1).status is NOT_ENOUGH_EVIDENCE


def test_all_wrong_violates_and_all_right_is_fine_in_a_window_of_some_size() -> None:
    assert accuracy(0.0, 100).status is VIOLATION
    assert accuracy(1.0, 1_000).status is OK


PERFECT = Baseline(values={"accuracy": 1.0}, errors={"accuracy": Uncertainty(0, 0, 5_000, 5_000)})


def test_of_a_perfect_baseline_one_error_is_no_proof_and_one_per_cent_is() -> None:
    rules = (Constraint("accuracy", LESS, 1.0),)
    assert accuracy(0.999, 1_000, baseline=PERFECT, rules=rules).status is OK
    assert accuracy(0.99, 1_000, baseline=PERFECT, rules=rules).status is VIOLATION
    assert accuracy(1.0, 1_000, baseline=PERFECT, rules=rules).status is OK
    assert accuracy(1.0, 100, baseline=PERFECT, rules=rules).status is NOT_ENOUGH_EVIDENCE


def test_where_nothing_ever_varies_nothing_can_be_said() -> None:
    exact = Baseline(values={"mae": 0.0}, errors={"mae": Uncertainty(0, 0, 100, 100)})
    (found,) = judged(
        {"mae": 0.0}, baseline=exact, rules=(Constraint("mae", GREATER, 0.0),),
        errors={"mae": Uncertainty(0, 0, 100, 100)},
    )  # fmt: skip
    assert found.status is NOT_ENOUGH_EVIDENCE
    assert found.reason == "nothing varies, neither here nor in the baseline"


@settings(deadline=None)
@given(st.sampled_from([1e-150, 1e-30, 1e-3, 1e9, 1e140]))
def test_the_unit_of_the_label_is_no_matter(unit: float) -> None:
    def chance(scale: float) -> Check:
        before = Baseline(
            values={"mae": 2.0 * scale},
            errors={"mae": Uncertainty(0.02 * scale, 0.02 * scale, 9_000, 9_000)},
        )
        (found,) = judged(
            {"mae": 2.6 * scale}, baseline=before,
            rules=(Constraint("mae", GREATER, 2.0 * scale),),
            errors={"mae": Uncertainty(0.1 * scale, 0.08 * scale, 90, 900)},
        )  # fmt: skip
        return found

    one, other = chance(1.0), chance(unit)
    assert one.status is other.status is VIOLATION
    assert other.p_value == pytest.approx(one.p_value)
    assert one.smallest_visible_drop is not None
    assert other.smallest_visible_drop == pytest.approx(one.smallest_visible_drop * unit)


def test_errors_as_large_as_a_double_holds_stop_no_run() -> None:
    """Two predictions, astronomically wrong to either side, have no mean error at all."""
    known = {metric.name: metric for metric in registered(ProblemType.REGRESSION)}
    (item,) = assess(
        (Constraint("mean_error", Operator.GREATER, 0.1),),
        {"mean_error": MetricValue(0.0)},
        {"mean_error": Uncertainty(1e200, 1e200, 2, 2)},
        Baseline(), Verdicts(), known, BUDGET,
    )  # fmt: skip
    assert item.status is Status.NOT_ENOUGH_EVIDENCE


def test_a_users_own_metric_is_judged_by_its_plain_difference() -> None:
    before = Baseline(
        values={"revenue": 50.0}, errors={"revenue": Uncertainty(0.5, 0.5, 2_000, 2_000)}
    )
    rule = (Constraint("revenue", LESS, 50.0),)
    known = {"revenue": Uncertainty(1.0, 1.0, 500, 500)}

    def status(value: float) -> Status:
        (found,) = judged({"revenue": value}, baseline=before, rules=rule, errors=known)
        return found.status

    # A tenth of 50 does not matter, and of 40 nobody knows whether it is chance.
    assert status(46.0) is OK
    assert status(40.0) is VIOLATION


def test_each_metric_is_judged_at_the_level_that_keeps_the_budget_of_all() -> None:
    found = judged({"accuracy": 0.9, "recall": 0.8, "false_positive_rate": 0.1}, rules=RULES)
    # A false positive rate that rises goes with an accuracy that falls.
    drops = {
        ("accuracy", "recall"): 0.4,
        ("accuracy", "false_positive_rate"): 0.7,
        ("false_positive_rate", "recall"): 0.0,
    }
    level = metric_level(BUDGET, list(BASELINE.values), drops)
    assert {item.level for item in found} == {level}
    assert BUDGET / 3 < level < BUDGET


def test_a_metric_that_cannot_be_judged_costs_the_others_nothing() -> None:
    both = judged({"accuracy": 0.9, "recall": None}, rules=RULES[:2])
    assert both[0].level == accuracy(0.9).level


def test_the_threshold_policy_is_sagemakers_rule_and_tells_its_price() -> None:
    values = {"accuracy": MetricValue(0.8999), "recall": MetricValue(None, "no positives")}
    found = assess(RULES[:2], values, {}, BASELINE, Verdicts(policy="threshold"), METRICS, BUDGET)
    assert found == check(RULES[:2], values)
    assert [item.status for item in found] == [VIOLATION, NOT_EVALUATED]
    assert "unchanged windows" in THRESHOLD_COST


def test_a_window_is_as_bad_as_its_worst_verdict() -> None:
    def of(*statuses: Status) -> Status:
        return overall([Check(RULES[0], status) for status in statuses])

    assert of(OK, NOT_ENOUGH_EVIDENCE, NOT_EVALUATED, VIOLATION) is VIOLATION
    assert of(OK, NOT_ENOUGH_EVIDENCE, NOT_EVALUATED) is NOT_EVALUATED
    assert of(OK, NOT_ENOUGH_EVIDENCE) is NOT_ENOUGH_EVIDENCE
    assert of(OK, OK) is OK


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 5_000))
def test_a_worse_window_has_no_better_verdict(one: float, other: float, records: int) -> None:
    better, worse = (accuracy(value, records) for value in (max(one, other), min(one, other)))
    if better.status is VIOLATION:
        assert worse.status is VIOLATION
