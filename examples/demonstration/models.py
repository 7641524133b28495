"""Three models, trained here on data sets that scikit-learn ships.

Half of the rows train a model; the other half, which it never saw, is its validation data and the
traffic of its endpoint. So a healthy hour differs from the baseline by the luck of the draw alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 2026


@dataclass(frozen=True)
class Trained:
    """A model with the rows it never saw, alike ones side by side, and their labels."""

    model: Any
    rows: pd.DataFrame
    labels: pd.Series[Any]


def tumours() -> Trained:
    """Binary: is the tumour malignant (1)? Shapes of cell nuclei, lengths in mm."""
    data = load_breast_cancer(as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3))
    return _train(model, data.data, 1 - data.target, alike="mean texture", stratified=True)


def digits() -> Trained:
    """Multiclass: which digit is on the 8 x 8 pixels of grey?"""
    data = load_digits(as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    rows = data.data.astype(int)
    return _train(model, rows, data.target, alike="pixel_2_2", stratified=True)


def diabetes() -> Trained:
    """Regression: how far has the disease progressed a year later?"""
    data = load_diabetes(as_frame=True, scaled=False)
    model = make_pipeline(StandardScaler(), Ridge(10.0))
    return _train(model, data.data, data.target, alike="age", stratified=False)


def answer_label_and_probability(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """A binary model's label, and the probability of label 1."""
    probability = model.predict_proba(rows)[:, 1].round(6)
    label = (probability >= 0.5).astype(int)
    return pd.DataFrame({"predicted_label": label, "probability": probability})


def answer_class_probabilities(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """A probability of each class, nothing else."""
    return pd.DataFrame(model.predict_proba(rows).round(6))


def answer_value(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """A number."""
    return pd.DataFrame({"prediction": model.predict(rows).round(3)})


def _train(
    model: Any, rows: pd.DataFrame, labels: pd.Series[Any], alike: str, stratified: bool
) -> Trained:
    seen, held_out, seen_labels, held_out_labels = train_test_split(
        rows, labels, test_size=0.5, random_state=SEED, stratify=labels if stratified else None
    )
    order = np.argsort(held_out[alike].to_numpy(), kind="stable")
    return Trained(
        model.fit(seen, seen_labels),
        held_out.iloc[order].reset_index(drop=True),
        held_out_labels.iloc[order].reset_index(drop=True),
    )
