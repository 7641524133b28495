"""A window told by the real API of SNS, EventBridge, CloudWatch and S3, and by those that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from monitor.baseline import Baseline
from monitor.clients import Clients
from monitor.constraints import Constraint, Operator, check
from monitor.interpretation import Interpretation
from monitor.locations import Location
from monitor.metrics import MetricValue, ProblemType
from monitor.quality import NO_HEALTH, Health, Quality
from monitor.results import WindowResult
from monitor.telling import Channels, NotTold, tell
from monitor.windows import Window

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUN_TIME = NINE + 2 * HOUR
RULES = (Constraint("accuracy", Operator.LESS, 0.9),)
BASELINE = Baseline(RULES, values={"accuracy": 0.93})
HEALTH = Health({**NO_HEALTH.counts, "requests": 10, "records": 400, "evaluated": 300})


def quality(accuracy: float | None, hour: int = 0, variant: str = "AllTraffic") -> Quality:
    values = {"accuracy": MetricValue(accuracy, None if accuracy is not None else "because")}
    return Quality(
        "demo",
        variant,
        Window(NINE + hour * HOUR, NINE + (hour + 1) * HOUR),
        Interpretation(ProblemType.BINARY_CLASSIFICATION),
        judged=300,
        values=values,
        deviations={"accuracy": 0.01},
        health=HEALTH,
        constraints=RULES,
        checks=check(RULES, values),
    )


def window(accuracy: float | None, hour: int = 0) -> WindowResult:
    found = quality(accuracy, hour)
    return WindowResult(found.window, (found,))


class World:
    """Queues that hear what is told on a topic and on the event bus, and where it is remembered."""

    def __init__(self, bucket: str) -> None:
        own = uuid4().hex
        self.sqs = boto3.client("sqs")
        sns, events = boto3.client("sns"), boto3.client("events")
        self.topic_queue, topic_queue_arn = self._queue(f"topic-{own}")
        self.bus_queue, bus_queue_arn = self._queue(f"bus-{own}")
        topic = sns.create_topic(Name=f"verdicts-{own}")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=topic_queue_arn)
        pattern = {
            "source": ["batch-payload-monitor"],
            "detail-type": ["Model Quality Verdict Changed"],
        }
        self.rule = f"rule-{own}"
        events.put_rule(Name=self.rule, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=self.rule, Targets=[{"Id": "queue", "Arn": bus_queue_arn}])
        self.channels = Channels(
            metrics_namespace=f"stack-{own}",
            topic_arn=topic,
            verdicts=f"s3://{bucket}/reports/demo/verdicts.json",
            report=f"s3://{bucket}/reports/demo/2026/11/20/09",
        )

    def close(self) -> None:
        """No later test's event comes here."""
        boto3.client("events").disable_rule(Name=self.rule)

    def _queue(self, name: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def tell(self, result: WindowResult, channels: Channels | None = None) -> None:
        tell(result, BASELINE, channels or self.channels, RUN_TIME)

    def messages(self) -> list[dict[str, Any]]:
        """What people were told since the last time."""
        return self._received(self.topic_queue)

    def events(self) -> list[dict[str, Any]]:
        """What systems were told since the last time."""
        return self._received(self.bus_queue)

    def _received(self, url: str) -> list[dict[str, Any]]:
        found = []
        while batch := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for item in batch:
                found.append(json.loads(item["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=item["ReceiptHandle"])
        return found

    @property
    def memory(self) -> Location:
        return Location.of(str(self.channels.verdicts))


@pytest.fixture
def world(aws: str, bucket: str) -> Iterator[World]:
    made = World(bucket)
    yield made
    made.close()


def test_people_are_told_of_the_worse_and_of_the_recovery_and_systems_of_every_change(
    world: World,
) -> None:
    for hour, accuracy in enumerate((0.95, 0.95, 0.8, None, 0.7, 0.96)):
        world.tell(window(accuracy, hour))
    worse, better = world.messages()
    assert worse["Subject"] == "VIOLATION demo/AllTraffic: accuracy 0.8 < 0.9"
    assert "must be at least 0.9; was 0.93 in the baseline" in worse["Message"]
    assert better["Subject"] == "RECOVERED demo/AllTraffic: after 3 hours"
    told = {name: item["Value"] for name, item in worse["MessageAttributes"].items()}
    assert told == {"endpoint": "demo", "variant": "AllTraffic", "verdict": "VIOLATION"}
    events = world.events()
    assert [event["detail"]["verdict"] for event in events] == ["OK", "VIOLATION", "OK"]
    assert [event["detail"]["previous_verdict"] for event in events] == [None, "OK", "VIOLATION"]
    assert events[1]["detail"]["previous_since"] == "2026-11-20T09:00:00Z"
    assert events[1]["detail"]["report"] == world.channels.report


def test_the_same_windows_again_and_older_ones_tell_nobody(world: World) -> None:
    history = [window(accuracy, hour) for hour, accuracy in enumerate((0.95, 0.8))]
    for result in history:
        world.tell(result)
    assert (len(world.messages()), len(world.events())) == (1, 2)
    remembered = world.memory.read()
    for result in (*history, window(0.99, -5), window(0.1, -7)):
        world.tell(result)
    assert (world.messages(), world.events()) == ([], [])
    assert world.memory.read() == remembered


def test_a_correction_is_told_as_one(world: World) -> None:
    world.tell(window(0.8))
    world.tell(window(0.95))
    _worse, corrected = world.messages()
    assert corrected["Subject"] == "RECOVERED demo/AllTraffic: corrected, the window is OK"
    assert [event["detail"]["corrected"] for event in world.events()] == [False, True]


def test_each_variant_is_told_of_by_itself_with_its_own_report(world: World) -> None:
    variants = (quality(0.8, variant="blue"), quality(0.95, variant="green"))
    world.tell(WindowResult(variants[0].window, variants, quality(0.87, variant="(all)")))
    (message,) = world.messages()
    assert message["Subject"].startswith("VIOLATION demo/blue: ")
    reports = {event["detail"]["variant"]: event["detail"]["report"] for event in world.events()}
    assert reports == {
        name: f"{world.channels.report}/variants/{name}" for name in ("blue", "green")
    }


@pytest.mark.parametrize("body", [b"", b"{", b'{"version": 1, "variants": {"AllTraffic": {}}}'])
def test_a_damaged_memory_silences_no_alarm(
    body: bytes, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.tell(window(0.8))
    world.memory.write(body)
    world.tell(window(0.8, 1))
    assert len(world.messages()) == 2
    assert "verdicts.json is damaged" in caplog.text
    world.tell(window(0.8, 2))
    assert world.messages() == []


def test_without_a_memory_every_bad_window_is_told_and_nothing_is_an_event(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    channels = replace(world.channels, verdicts=None)
    for hour, accuracy in enumerate((0.8, 0.8, 0.95)):
        world.tell(window(accuracy, hour), channels)
    assert len(world.messages()) == 2
    assert world.events() == []
    assert "no verdict is remembered" in caplog.text


def test_what_was_never_judged_leaves_no_memory(world: World) -> None:
    world.tell(window(None))
    assert not world.memory.exists()
    assert (world.messages(), world.events()) == ([], [])


def metric(namespace: str, name: str, dimensions: dict[str, str]) -> list[tuple[datetime, float]]:
    # Not by GetMetricData, for which moto adds up what all namespaces have.
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=NINE - HOUR,
        EndTime=NINE + 4 * HOUR,
        Period=60,
        Statistics=["Sum"],
    )
    return [(point["Timestamp"], point["Sum"]) for point in found["Datapoints"]]


def test_metrics_are_at_the_windows_start_and_counts_at_the_time_of_the_run(world: World) -> None:
    world.tell(window(0.8))
    namespace = str(world.channels.metrics_namespace)
    assert metric(namespace, "accuracy", {"Endpoint": "demo"}) == [(NINE, 0.8)]
    assert metric(namespace, "violations", {"Endpoint": "demo"}) == [(NINE, 1.0)]
    assert metric(namespace, "VariantsViolating", {}) == [(RUN_TIME, 1.0)]
    assert metric(namespace, "VariantsNotEvaluated", {}) == [(RUN_TIME, 0.0)]


def test_datapoints_of_a_back_fill_that_are_too_old_are_counted_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.tell(window(0.8, -24 * 15))
    assert "datapoints of 2026-11-05T09:00:00Z/2026-11-05T10:00:00Z not sent" in caplog.text
    assert metric(str(world.channels.metrics_namespace), "accuracy", {"Endpoint": "demo"}) == []


class Fakes:
    """Clients of which some refuse; `heard` is who was called, in order."""

    def __init__(self, *refusing: str) -> None:
        self.refusing = set(refusing)
        self.heard: list[str] = []
        self.clients = cast(
            Clients,
            SimpleNamespace(
                sns=SimpleNamespace(publish=self._call("Publish", {})),
                events=SimpleNamespace(put_events=self._call("PutEvents", {"FailedEntryCount": 0})),
                cloudwatch=SimpleNamespace(put_metric_data=self._call("PutMetricData", {})),
            ),
        )

    def _call(self, name: str, answer: dict[str, Any]) -> Callable[..., dict[str, Any]]:
        def call(**_fields: object) -> dict[str, Any]:
            self.heard.append(name)
            if name in self.refusing:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)
            return answer

        return call


@pytest.fixture
def channels(tmp_path: Any) -> Channels:
    return Channels("stack", "arn:aws:sns:eu-central-1:1:t", str(tmp_path / "verdicts.json"))


def remembered(channels: Channels) -> bool:
    return Location.of(str(channels.verdicts)).exists()


@pytest.mark.parametrize("refusing", ["Publish", "PutEvents", "PutMetricData"])
def test_no_channel_that_fails_keeps_another_from_being_told(
    refusing: str, channels: Channels
) -> None:
    fakes = Fakes(refusing)
    with pytest.raises(NotTold, match=rf"of endpoint demo: could not .*{refusing} operation: no"):
        tell(window(0.8), BASELINE, channels, RUN_TIME, fakes.clients)
    assert fakes.heard == ["Publish", "PutEvents", "PutMetricData"]
    # Whoever was not told is told by the next run; of metrics nobody is told twice.
    assert remembered(channels) == (refusing == "PutMetricData")


def test_everything_that_failed_is_raised_in_the_end(channels: Channels) -> None:
    fakes = Fakes("Publish", "PutMetricData")
    with pytest.raises(NotTold, match=r"message about AllTraffic.*; could not send the datapoints"):
        tell(window(0.8), BASELINE, channels, RUN_TIME, fakes.clients)


def test_an_event_that_is_refused_with_status_200_has_failed(channels: Channels) -> None:
    fakes = Fakes()
    answer = {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}],
    }
    clients = cast(Any, fakes.clients)
    clients.events.put_events = fakes._call("PutEvents", answer)
    with pytest.raises(NotTold, match="ThrottlingException: later"):
        tell(window(0.8), BASELINE, channels, RUN_TIME, fakes.clients)
    assert not remembered(channels)


def test_one_variant_that_could_not_be_told_of_does_not_lose_the_others(
    channels: Channels,
) -> None:
    fakes = Fakes("Publish")
    variants = (quality(0.8, variant="blue"), quality(0.95, variant="green"))
    result = WindowResult(variants[0].window, variants, quality(0.87, variant="(all)"))
    with pytest.raises(NotTold):
        tell(result, BASELINE, channels, RUN_TIME, fakes.clients)
    again = Fakes()
    tell(result, BASELINE, channels, RUN_TIME, again.clients)
    assert again.heard == ["Publish", "PutEvents", "PutMetricData"]


@pytest.mark.usefixtures("aws")
def test_a_memory_that_cannot_be_written_silences_nobody(channels: Channels) -> None:
    fakes = Fakes()
    lost = replace(channels, verdicts=f"s3://{uuid4()}/reports/demo/verdicts.json")
    with pytest.raises(NotTold, match="could not remember the verdicts"):
        tell(window(0.8), BASELINE, lost, RUN_TIME, fakes.clients)
    assert fakes.heard == ["Publish", "PutEvents", "PutMetricData"]


def test_a_memory_out_of_reach_silences_nobody_and_is_not_written_over(
    channels: Channels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fakes = Fakes()
    lost = replace(channels, verdicts="s3://unreachable/reports/demo/verdicts.json")
    with pytest.raises(NotTold, match="could not read the verdicts") as raised:
        tell(window(0.8), BASELINE, lost, RUN_TIME, fakes.clients)
    assert "remember" not in str(raised.value)
    assert fakes.heard == ["Publish", "PutEvents", "PutMetricData"]


def test_nobody_is_called_where_no_channel_is_set() -> None:
    tell(window(0.8), BASELINE, Channels(), RUN_TIME, cast(Clients, object()))


def test_a_network_without_a_way_out_is_a_failure_like_others(channels: Channels) -> None:
    fakes = Fakes()

    def unreachable(**_fields: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sns.eu-central-1.amazonaws.com")

    cast(Any, fakes.clients).sns.publish = unreachable
    with pytest.raises(NotTold, match="EndpointConnectionError"):
        tell(window(0.8), BASELINE, channels, RUN_TIME, fakes.clients)
    assert fakes.heard == ["PutEvents", "PutMetricData"]
