"""The three endpoints: a model, what its callers send and get, how its labels come, what befalls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demonstration import faults, ground_truth, models, payloads


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
    """Whether callers send an id of their own with each request; else SageMaker's event id serves."""

    def answers(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What the model says of some rows."""
        return self.answer(self.trained.model, rows)

    def validation_data(self) -> pd.DataFrame:
        """Label, prediction and probability of every row that the model never saw."""
        answers = self.answers(self.trained.rows)
        if "predicted_label" not in answers and "prediction" not in answers:
            vectors = answers.to_numpy()
            answers = pd.DataFrame(
                {"prediction": np.argmax(vectors, axis=1), "probabilities": vectors.tolist()}
            )
        return answers.assign(label=self.trained.labels)


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
