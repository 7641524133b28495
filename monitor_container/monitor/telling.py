"""The edge to people and other systems: SNS, EventBridge and CloudWatch, of one window.

People come first. Every channel is tried whatever happens to the others, and what failed is raised
in the end. A verdict is remembered after it was told, so that a crash tells it twice rather than
never; two runs of one endpoint at one time may both tell a change, and the next window mends what
the slower of them remembered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from monitor.baseline import Baseline
from monitor.clients import Clients
from monitor.datapoints import datapoints
from monitor.locations import Location, MissingFile
from monitor.messages import message
from monitor.notices import DETAIL_TYPE, SOURCE, event_detail
from monitor.places import variant_folder
from monitor.quality import Quality
from monitor.results import WindowResult
from monitor.verdicts import (
    BadVerdicts,
    Change,
    Remembered,
    Standing,
    changes,
    from_document,
    remember,
    to_document,
)

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

log = logging.getLogger(__name__)


class NotTold(RuntimeError):
    """Something could not be told or remembered; the message says what, to whom and why."""


@dataclass(frozen=True, slots=True)
class Channels:
    """Who is to be told of a window; None: nobody."""

    metrics_namespace: str | None = None
    topic_arn: str | None = None
    verdicts: str | None = None
    """Where the endpoint's verdicts are remembered; with it, changes are events, too."""
    report: str | None = None
    """Where the window's reports lie, for links."""


def tell(
    window: WindowResult,
    baseline: Baseline,
    channels: Channels,
    run_time: datetime,
    clients: Clients | None = None,
) -> None:
    """Tell every channel what the window has to say to it; raises `NotTold` in the end."""
    run = _Telling(clients or Clients(), window, baseline, channels, run_time)
    if channels.topic_arn is not None or channels.verdicts is not None:
        run.verdicts()
    if channels.metrics_namespace is not None:
        step = partial(run.metrics, channels.metrics_namespace)
        run.attempt("send the datapoints to CloudWatch", step)
    if run.failures:
        endpoint = window.whole.endpoint
        raise NotTold(
            f"of window {window.window} of endpoint {endpoint}: {'; '.join(run.failures)}. "
            "Mend that and run the window again; what was told may then be told twice"
        )


@dataclass(slots=True)
class _Telling:
    """One window on its way to everybody; `failures` is what did not arrive."""

    clients: Clients
    window: WindowResult
    baseline: Baseline
    channels: Channels
    run_time: datetime
    failures: list[str] = field(default_factory=list)
    stored: bytes | None = None

    def attempt(self, what: str, step: Callable[[], object]) -> bool:
        """Whether the step could be done; if not, it is among the failures."""
        try:
            step()
        except (BotoCoreError, ClientError, NotTold, OSError) as error:
            log.exception("could not %s", what)
            self.failures.append(f"could not {what} ({type(error).__name__}: {error})")
            return False
        return True

    def verdicts(self) -> None:
        """Tell the changes, then remember those that were told."""
        readable = self.attempt("read the verdicts", self.read)
        known = _known(self.stored, self.channels.verdicts)
        untold = {
            change.quality.variant
            for change in changes(known, self.window.variants)
            if not self.change(change)
        }
        told = [quality for quality in self.window.variants if quality.variant not in untold]
        # What could not be read is perhaps only out of reach: it is not written over.
        if readable and self.channels.verdicts is not None:
            step = partial(self.write, self.channels.verdicts, remember(known, told))
            self.attempt("remember the verdicts", step)

    def read(self) -> None:
        """What is remembered, as it is stored; nothing where nothing was."""
        if self.channels.verdicts is None:
            log.warning("no verdict is remembered: whatever violates is told of every window")
            return
        with suppress(MissingFile):
            self.stored = Location.of(self.channels.verdicts).read()

    def write(self, address: str, known: Remembered) -> None:
        """Remember, unless that is stored already or there is nothing to remember."""
        after = to_document(known)
        if after != self.stored and (known or self.stored is not None):
            Location.of(address).write(after)

    def change(self, change: Change) -> bool:
        """Whether everybody who wants to know of it was told."""
        quality, arrived = change.quality, True
        if self.channels.topic_arn is not None and change.for_people:
            step = partial(self.publish, change, self.channels.topic_arn)
            arrived = self.attempt(f"send the message about {quality.variant} to SNS", step)
        if self.channels.verdicts is not None:
            step = partial(self.put_event, change)
            what = f"send the event about {quality.variant} to EventBridge"
            arrived = self.attempt(what, step) and arrived
        return arrived

    def publish(self, change: Change, topic_arn: str) -> None:
        """The message to people."""
        told = message(change, self.baseline, self.report(change.quality), topic_arn)
        self.clients.sns.publish(
            TopicArn=topic_arn,
            Subject=told.subject,
            Message=told.text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in told.attributes.items()
            },
        )
        log.info("told %s: %s", topic_arn, told.subject)

    def put_event(self, change: Change) -> None:
        """The event to other systems, alone: the request fails with it, and without it succeeds."""
        detail = event_detail(change, self.baseline, self.report(change.quality), self.run_time)
        event: PutEventsRequestEntryTypeDef = {
            "Time": self.run_time,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": detail,
        }
        answer = self.clients.events.put_events(Entries=[event])
        # EventBridge refuses an event with status 200.
        if answer["FailedEntryCount"]:
            (entry,) = answer["Entries"]
            raise NotTold(f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")

    def report(self, quality: Quality) -> str | None:
        """Where the variant's own report lies: of several, each has its folder."""
        address = self.channels.report
        if address is None or self.window.together is None:
            return address
        return f"{address.rstrip('/')}/{variant_folder(quality.variant)}"

    def metrics(self, namespace: str) -> None:
        """The datapoints that CloudWatch takes; of the others, how many there are and why."""
        wakes = self.channels.topic_arn is not None
        found = datapoints(self.window, self.run_time, wakes=wakes)
        for reason, many in found.refused.items():
            log.warning("%d datapoints of %s not sent: %s", many, self.window.window, reason)
        for portion in found.requests():
            self.clients.cloudwatch.put_metric_data(Namespace=namespace, MetricData=portion)


def _known(stored: bytes | None, address: str | None) -> dict[str, Standing]:
    """What was remembered; of a damaged document nothing, so that it silences no alarm."""
    try:
        return from_document(stored) if stored is not None else {}
    except BadVerdicts as error:
        log.warning("%s is damaged (%s): no verdict is known, it is written anew", address, error)
        return {}
