"""What the user can mend: told in one line. Everything else is a defect of ours: a traceback."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from inference_records.configuration import BadConfiguration
from inference_records.failures import code_place
from inference_records.rejections import UnreadableObject
from monitor.baseline import BadValidationData
from monitor.constraints import BadConstraints
from monitor.metrics import CustomMetricError
from monitor.processing_job import BadStackName, JobFailed
from monitor.run import NothingCaptured
from monitor.settings import MissingSetting
from monitor.telling import NotTold
from monitor.windows import BadTime

USER_ERRORS = (
    BadConfiguration, BadConstraints, BadStackName, BadTime, BadValidationData, CustomMetricError,
    JobFailed, MissingSetting, NothingCaptured, NotTold, UnreadableObject, OSError,
)  # fmt: skip


def told(error: Exception) -> str:
    """What may be logged of an error: the text of one that nobody foresaw may quote a record."""
    kind = type(error).__name__
    if isinstance(error, (*USER_ERRORS, BotoCoreError, ClientError)):
        return f"{kind}: {error}"
    return f"{kind} {code_place(error)}"
