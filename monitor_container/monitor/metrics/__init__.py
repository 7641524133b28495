"""Metrics of model quality: decorated functions of sufficient statistics.

Importing the package registers the built-in ones; `load_custom` registers those of a user's file.
"""

from monitor.metrics import agreement as agreement
from monitor.metrics import binary as binary
from monitor.metrics import class_probabilities as class_probabilities
from monitor.metrics import curves as curves
from monitor.metrics import multiclass as multiclass
from monitor.metrics import regression as regression
from monitor.metrics import scores as scores
from monitor.metrics.custom import CustomMetricError, load_custom
from monitor.metrics.definition import BEST_CONSTANT, OPTIONS, STATISTICS, Metric, RegistrationError
from monitor.metrics.deviation import (
    FOLDS,
    MINIMUM_RECORDS,
    STATISTIC_TYPES,
    leave_one_out,
    standard_deviations,
)
from monitor.metrics.gradients import gradient, of_statistic
from monitor.metrics.influence import Influence, ProbabilityGradient, needs_nonzero_labels
from monitor.metrics.inputs import (
    CONFIDENCE_BINS,
    GRID,
    ClassProbabilities,
    ConfidenceBins,
    ConfusionMatrix,
    ScoreCounts,
    confidence_bin,
    label_order,
)
from monitor.metrics.registry import (
    REGISTRY,
    MetricValue,
    ProblemType,
    Registry,
    Undefined,
    detail,
    details,
    divide,
    evaluate,
    metric,
    registered,
)
from monitor.metrics.residuals import Residuals
from monitor.metrics.uncertainty import Uncertainty

__all__ = [
    "BEST_CONSTANT",
    "CONFIDENCE_BINS",
    "FOLDS",
    "GRID",
    "MINIMUM_RECORDS",
    "OPTIONS",
    "REGISTRY",
    "STATISTICS",
    "STATISTIC_TYPES",
    "ClassProbabilities",
    "ConfidenceBins",
    "ConfusionMatrix",
    "CustomMetricError",
    "Influence",
    "Metric",
    "MetricValue",
    "ProbabilityGradient",
    "ProblemType",
    "RegistrationError",
    "Registry",
    "Residuals",
    "ScoreCounts",
    "Uncertainty",
    "Undefined",
    "confidence_bin",
    "detail",
    "details",
    "divide",
    "evaluate",
    "gradient",
    "label_order",
    "leave_one_out",
    "load_custom",
    "metric",
    "needs_nonzero_labels",
    "of_statistic",
    "registered",
    "standard_deviations",
]
