"""What judges a run: by how much there is to read, and by what the stack has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.machines import GIB, HOST, MACHINES
from monitor.sizing import (
    JUDGED_BYTES,
    MOST_HOSTS,
    USABLE,
    Choice,
    Means,
    TooLarge,
    Workload,
    choose,
    fits,
    fits_function,
    larger,
)

JOBS = Means(None)
FUNCTION = Means(3008)
CLUSTERS = Means(None, clusters=True)
MEMORY = {machine.name: machine.memory for machine in MACHINES}

workloads = st.builds(
    Workload,
    judged=st.integers(0, 10**11),
    read=st.integers(0, 10**12),
    size=st.integers(0, 10**13),
    files=st.integers(0, 10**6),
)
means = st.builds(
    Means,
    function_mb=st.none() | st.integers(1024, 10240),
    instance_type=st.just("auto"),
    volume_gb=st.integers(1, 100),
    clusters=st.booleans(),
)
engines = st.sampled_from(["auto", "duckdb", "spark"])


def records(millions: float, beside: float = 0, files: int = 2) -> Workload:
    """Records that are judged, each with a label, and rows that are only read."""
    judged, read = int(millions * 1e6), int((2 * millions + beside) * 1e6)
    return Workload(judged, read, read * 6, files)


def memory(choice: Choice, means: Means) -> int:
    """Of all hosts together."""
    if choice.instance_type is None:
        assert means.function_mb is not None
        return means.function_mb << 20
    return choice.hosts * MEMORY[choice.instance_type]


@given(workloads, means, engines)
def test_every_size_has_an_answer_that_fits_into_a_request(
    work: Workload, has: Means, wanted: str
) -> None:
    choice = choose(work, has, wanted)
    assert len(choice.reason) <= 256
    assert choice.reason.isascii()
    assert 1 <= choice.hosts <= MOST_HOSTS
    assert has.volume_gb <= choice.volume_gb <= 16384 or choice.instance_type is None
    assert (choice.engine == "spark") == (choice.hosts > 1)


@given(workloads, workloads, means, engines)
def test_more_to_read_never_has_a_smaller_machine(
    one: Workload, other: Workload, has: Means, wanted: str
) -> None:
    more = Workload(
        max(one.judged, other.judged),
        max(one.read, other.read),
        max(one.size, other.size),
        max(one.files, other.files),
    )
    small, large = choose(one, has, wanted), choose(more, has, wanted)
    if small.instance_type is not None:
        assert large.instance_type is not None, "what is too large for the function stays so"
        assert memory(small, has) <= memory(large, has)
    assert small.engine == "duckdb" or large.engine == "spark"


@given(workloads, means)
def test_one_machine_is_chosen_only_if_it_holds_the_run_or_is_the_largest(
    work: Workload, has: Means
) -> None:
    choice = choose(work, has)
    if choice.instance_type is None:
        assert has.function_mb is not None
        assert fits_function(work, has.function_mb)
    elif choice.engine == "duckdb":
        holds = work.memory <= USABLE * MEMORY[choice.instance_type]
        assert holds or choice.instance_type == MACHINES[-1].name


@pytest.mark.parametrize(
    ("millions", "expected"),
    [
        (0, "ml.t3.medium"),
        (5, "ml.t3.medium"),
        (10, "ml.m5.large"),
        (20, "ml.m5.xlarge"),
        (40, "ml.m5.2xlarge"),
        (90, "ml.m5.4xlarge"),
        (180, "ml.r5.4xlarge"),
        (500, "ml.r5.12xlarge"),
        (5000, "ml.r5.12xlarge"),
    ],
)
def test_a_job_has_the_smallest_machine_that_holds_it(millions: float, expected: str) -> None:
    assert choose(records(millions), JOBS).instance_type == expected


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_to_the_last_byte(machine: object) -> None:
    place = next(number for number, item in enumerate(MACHINES) if item is machine)
    usable = int(USABLE * MACHINES[place].memory)
    most = (usable - Workload(0, 0, 0, 0).memory) // JUDGED_BYTES
    assert fits(Workload(most, most, 0, 1), MACHINES[place])
    assert choose(Workload(most, most, 0, 1), JOBS).instance_type == MACHINES[place].name
    assert not fits(Workload(most + 1, most, 0, 1), MACHINES[place])


def test_what_was_measured_is_about_what_is_expected() -> None:
    """Peak memory without a limit, of docs/sizing.md."""
    for work, mebibytes in (
        (records(1), 948),
        (records(5), 3192),
        (records(0.5, beside=11), 2302),
    ):
        assert work.everything / 2**20 == pytest.approx(mebibytes, rel=0.1)


def test_what_spilled_finished_in_the_memory_that_is_asked_for() -> None:
    """With 1,024 MB for the function of docs/sizing.md, of which the engine took its share."""
    assert 945 * 2**20 < records(0.5, beside=11).memory < 1738 * 2**20


@pytest.mark.parametrize(("millions", "here"), [(1, True), (4, True), (5, False)])
def test_the_function_judges_what_fits_and_hands_over_what_does_not(
    millions: float, here: bool
) -> None:
    choice = choose(records(millions), FUNCTION)
    assert (choice.instance_type is None) is here
    assert choice.reason.startswith("function of 3008 MB" if here else "ml.t3.medium (the smallest")


def test_too_many_files_do_not_fit_into_the_function_either() -> None:
    assert choose(records(0.1, files=20_000), FUNCTION).instance_type is None
    assert choose(records(0.1, files=60_000), FUNCTION).instance_type == "ml.t3.medium"


def test_without_jobs_what_does_not_fit_is_refused_with_what_to_set() -> None:
    has = Means(3008, "none")
    assert choose(records(1), has).instance_type is None
    with pytest.raises(TooLarge, match=r"function of 3008 MB .* 5\.0 M records .*=auto"):
        choose(records(5), has)


def test_a_cluster_is_for_what_no_machine_holds() -> None:
    assert choose(records(500), CLUSTERS).engine == "duckdb"
    choice = choose(records(1000), CLUSTERS)
    assert (choice.engine, choice.instance_type) == ("spark", HOST.name)
    assert (choice.hosts - 1) * HOST.memory / 2 >= records(1000).memory
    assert (choice.hosts - 1) * choice.volume_gb * 10**9 >= records(1000).everything


def test_where_there_is_no_cluster_the_largest_machine_spills_and_says_so() -> None:
    choice = choose(records(1000), JOBS)
    assert choice.instance_type == MACHINES[-1].name
    assert "no cluster: SparkImageUri is empty" in choice.reason
    assert choice.volume_gb * 10**9 >= records(1000).memory
    assert "engine duckdb" in choose(records(1000), CLUSTERS, "duckdb").reason


def test_a_cluster_has_no_more_hosts_than_a_job_may() -> None:
    choice = choose(records(100_000), CLUSTERS)
    assert choice.hosts == MOST_HOSTS
    assert "would hold it" in choice.reason


@pytest.mark.parametrize("has", [CLUSTERS, Means(3008, clusters=True)], ids=["jobs", "function"])
def test_who_wants_spark_has_a_cluster_of_two_at_least(has: Means) -> None:
    choice = choose(records(0.001), has, "spark")
    assert (choice.engine, choice.hosts) == ("spark", 2)
    assert "monitor.json" in choice.reason


@pytest.mark.parametrize("has", [JOBS, FUNCTION, Means(3008, "none", clusters=True)])
def test_who_wants_spark_where_there_is_none_is_told(has: Means) -> None:
    choice = choose(records(1), has, "spark")
    assert choice.engine == "duckdb"
    assert "no cluster: " in choice.reason


def test_an_instance_type_that_is_set_stays_what_it_is() -> None:
    for millions in (1, 1000):
        choice = choose(records(millions), Means(None, "ml.c5.xlarge", 30, clusters=True))
        assert (choice.instance_type, choice.hosts) == ("ml.c5.xlarge", 1)
    cluster = choose(records(20), Means(None, "ml.c5.xlarge", clusters=True), "spark")
    assert cluster.instance_type == "ml.c5.xlarge"
    assert cluster.hosts == 1 + -(-records(20).memory // (4 * GIB))


def test_a_disk_has_room_for_what_is_in_memory_and_what_was_asked_for() -> None:
    assert choose(records(1), Means(None, volume_gb=30)).volume_gb == 30
    assert choose(records(100), Means(None, volume_gb=30)).volume_gb == 62
    assert choose(records(1, beside=1000), Means(None, volume_gb=30)).volume_gb == 161


@given(workloads, means, engines)
def test_a_job_that_failed_is_tried_on_the_next_machine_as_far_as_there_is_one(
    work: Workload, has: Means, wanted: str
) -> None:
    choice = choose(work, has, wanted)
    again = larger(choice)
    if choice.engine == "spark" or choice.instance_type in (None, MACHINES[-1].name):
        assert again == choice
    else:
        assert memory(again, has) >= 2 * memory(choice, has)
        assert again.reason.endswith(f"(a job on {choice.instance_type} failed): {work}")
        assert len(again.reason) <= 256
