"""The three endpoints: a model, its callers' payloads, how its labels come and what befalls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from demonstration import faults, ground_truth, models, payloads


@dataclass(frozen=True)
class Exchange:
    """Rows that are sent, and what the model says of each."""

    asked: pd.DataFrame
    answered: pd.DataFrame


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of the demo."""

    name: str
    trained: models.Trained
    answer: Callable[[Any, pd.DataFrame], pd.DataFrame]
    payload_form: payloads.Form
    label_form: ground_truth.Form
    fault: Callable[[pd.DataFrame], pd.DataFrame]
    inference_ids: bool
    """Whether callers send an id with each request; else SageMaker's event id serves."""

    @cached_property
    def healthy(self) -> Exchange:
        """The held-out rows as they are."""
        return self._exchange(self.trained.rows)

    @cached_property
    def degraded(self) -> Exchange:
        """The held-out rows as the fault lets them arrive."""
        return self._exchange(self.fault(self.trained.rows))

    def validation_data(self) -> pd.DataFrame:
        """Label, prediction and probability of every row that the model never saw."""
        answers = self.healthy.answered
        if "predicted_label" not in answers and "prediction" not in answers:
            vectors = answers.to_numpy()
            answers = pd.DataFrame(
                {"prediction": np.argmax(vectors, axis=1), "probabilities": vectors.tolist()}
            )
        return answers.assign(label=self.trained.labels)

    def _exchange(self, rows: pd.DataFrame) -> Exchange:
        return Exchange(rows, self.answer(self.trained.model, rows))


def train_endpoints() -> list[Endpoint]:
    """All three, trained."""
    return [
        Endpoint(
            "tumours",
            models.tumours(),
            models.answer_label_and_probability,
            payloads.json_list_of_objects,
            ground_truth.SAGEMAKER_LINES,
            faults.lengths_in_centimetres,
            inference_ids=True,
        ),
        Endpoint(
            "digits",
            models.digits(),
            models.answer_class_probabilities,
            payloads.csv_lines,
            ground_truth.CSV_TABLE,
            faults.shifted_camera,
            inference_ids=False,
        ),
        Endpoint(
            "diabetes",
            models.diabetes(),
            models.answer_value,
            payloads.base64_object_of_columns,
            ground_truth.JSON_ARRAY,
            faults.dead_sensor,
            inference_ids=True,
        ),
    ]
