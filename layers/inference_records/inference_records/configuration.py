"""`monitors/ENDPOINT/monitor.json`: the one document of settings of an endpoint, all optional.

Its JSON Schema, `docs/monitor.schema.json`, is made from these classes; a wrong value is refused
with the name of its field.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jmespath
import jmespath.exceptions
import msgspec
from msgspec import Meta, Struct, structs

from inference_records.feature_settings import Features, in_full
from inference_records.payload_settings import Body as Body
from inference_records.payload_settings import GroundTruth as GroundTruth
from inference_records.payload_settings import Request, Response
from inference_records.setting_names import with_known_names
from inference_records.verdict_settings import JoinLimits, Verdicts


class BadConfiguration(ValueError):
    """The document does not fit its schema; the message names file, field and what was expected."""


class Configuration(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one endpoint."""

    problem_type: Annotated[
        Literal["BinaryClassification", "MulticlassClassification", "Regression"] | None,
        Meta(description="default: the baseline's, else inferred from the labels, and said so"),
    ] = None
    positive_label: Annotated[
        str | int | bool | None,
        Meta(description="the class whose probability is captured; default: 1, or the last label"),
    ] = None
    threshold: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="a probability at or above it predicts the positive label; "
            "default: the response's own label, 0.5 for a bare score"
        ),
    ] = None
    probability_of: Annotated[
        Literal["positive", "predicted"] | None,
        Meta(
            description="which class a binary model's probability speaks of: the positive label, "
            "or the label that was predicted; default: inferred, and said so"
        ),
    ] = None
    classes: Annotated[
        tuple[str | int, ...] | None,
        Meta(description="class names in the order of the vector of class probabilities"),
    ] = None
    response: Response = Response()
    request: Request = Request()
    ground_truth: GroundTruth = GroundTruth()
    features: Annotated[
        Literal["none", "all"] | tuple[str, ...] | Features,
        Meta(
            description="request columns that are kept beside the prediction; "
            "as an object, also which are left out or hashed"
        ),
    ] = "none"
    reading: Annotated[
        Literal["fast", "strict"],
        Meta(
            description="fast: a request of which no column is asked for is not parsed where its "
            "records can be counted without; strict: every byte is checked"
        ),
    ] = "fast"
    label_lookback_hours: Annotated[
        int,
        Meta(ge=0, description="labels that arrived up to so long before a window are read, too"),
    ] = 24
    label_horizon_hours: Annotated[
        int,
        Meta(
            ge=1,
            description="a window is final so long after its end, however few labels it has; "
            "requests up to so long before and after a window are known when its labels are joined",
        ),
    ] = 168
    correction_hours: Annotated[
        int,
        Meta(
            ge=1,
            description="windows that began up to so long ago are judged again when labels or "
            "requests of theirs arrive; older ones when they are asked for",
        ),
    ] = 336
    mature_coverage: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            description="share of labelled records from which a window is final before its horizon",
        ),
    ] = 0.9
    verdicts: Verdicts = Verdicts()
    join: JoinLimits = JoinLimits()
    quantile: Annotated[
        float, Meta(gt=0, lt=1, description="the quantile that pinball_loss judges")
    ] = 0.5
    cost_matrix: Annotated[
        dict[str, dict[str, float]] | None,
        Meta(description="cost of one record by actual label, then predicted label"),
    ] = None
    engine: Annotated[
        Literal["auto", "duckdb", "spark"],
        Meta(
            description="what computes: one machine, or a cluster where the stack has an image for "
            "it; auto: a cluster if no machine holds a run"
        ),
    ] = "auto"
    custom_metrics: Annotated[
        tuple[str, ...],
        Meta(description="Python files with metrics of your own; paths inside the container"),
    ] = ()

    def __post_init__(self) -> None:
        structs.force_setattr(self, "features", in_full(self.features))  # asked for every line

    @property
    def kept_features(self) -> Features:
        """`features` in full, whichever form it was written in."""
        return in_full(self.features)


def parse_configuration(document: bytes, where: str = "monitor.json") -> Configuration:
    """The settings in a JSON document; raises `BadConfiguration` that names the field."""
    try:
        text = document.removeprefix(b"\xef\xbb\xbf")
        configuration = msgspec.json.decode(text, type=Configuration)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        told = with_known_names(str(error), Configuration)
        raise BadConfiguration(f"{where}: {told}") from error
    for side in ("response", "request"):
        path = getattr(configuration, side).records
        try:
            jmespath.compile("@" if path is None else path)
        except jmespath.exceptions.JMESPathError as error:
            raise BadConfiguration(
                f"{where}: `$.{side}.records` is no JMESPath: {error}"
            ) from error
    return configuration


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `monitor.json`."""
    schema = msgspec.json.schema(Configuration)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
