"""What the user can mend: told in one line. Everything else is a defect of ours.

On a person's own terminal a defect is a traceback; in the log of a function or job it is the place
in the code, for the text of an error that nobody foresaw may quote a record.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from inference_records.configuration import BadConfiguration
from inference_records.failures import code_place
from inference_records.rejections import UnreadableObject
from monitor.baseline import BadValidationData
from monitor.baseline_fit import WrongBaseline
from monitor.constraints import BadConstraints
from monitor.engine import EngineMissing
from monitor.file_kinds import NotOurs
from monitor.ledger import LedgerBusy
from monitor.metrics import CustomMetricError, RegistrationError
from monitor.processing_job import BadStackName, JobFailed
from monitor.replay import CannotReplay
from monitor.requested import NothingCaptured
from monitor.resolution import TooManyRecords
from monitor.settings import MissingSetting
from monitor.sizing import TooLarge
from monitor.spark_cluster import ClusterFailed
from monitor.telling import NotTold
from monitor.windows import BadTime

USER_ERRORS = (
    BadConfiguration, BadConstraints, BadStackName, BadTime, BadValidationData, CannotReplay,
    ClusterFailed, CustomMetricError, EngineMissing, JobFailed, LedgerBusy, MissingSetting,
    NothingCaptured, NotOurs, NotTold, TooLarge, TooManyRecords,
    UnreadableObject, WrongBaseline, OSError,
)  # fmt: skip

# What a file of custom metrics may fail with before it could have read any data.
_OF_CODE = (ImportError, RegistrationError, SyntaxError)


def told(error: Exception) -> str:
    """What may be logged of any error."""
    kind = type(error).__name__
    if isinstance(error, (*USER_ERRORS, BotoCoreError, ClientError)):
        return f"{kind}: {reason(error)}"
    return f"{kind} {code_place(error)}"


def reason(error: Exception) -> str:
    """The text of an error that was foreseen, as far as it may be logged."""
    if isinstance(error, UnreadableObject):
        return error.reason
    cause = error.__cause__
    if isinstance(error, CustomMetricError) and isinstance(cause, Exception):
        return str(error) if isinstance(cause, _OF_CODE) else _without_text(error, cause)
    return str(error)


def _without_text(error: CustomMetricError, cause: Exception) -> str:
    """The file, the kind of error and its line: a user's own code may say anything in the text."""
    kind = type(cause).__name__
    file = str(error).partition(f": {kind}: ")[0]
    return f"{file}: {kind} {code_place(cause)}"
