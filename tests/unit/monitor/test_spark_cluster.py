"""Who runs what on the hosts of a job, and with how much of a machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.hosts import Hosts, hosts_of
from monitor.spark_cluster import Machine, master_command, session_settings, worker_command

THREE = ("algo-1", "algo-2", "algo-3")
MACHINE = Machine(cores=4, memory_bytes=16 << 30)


def test_the_first_host_in_order_leads_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    told = {"current_host": "algo-2", "hosts": ["algo-3", "algo-1", "algo-2"], "more": 1}
    (folder / "resourceconfig.json").write_text(json.dumps(told))
    found = hosts_of(str(tmp_path))
    assert found == Hosts("algo-2", THREE)
    assert (found.first, found.is_first, found.others) == ("algo-1", False, THREE[1:])


def test_a_job_without_the_file_has_one_host(tmp_path: Path) -> None:
    assert hosts_of(str(tmp_path)).is_first
    assert hosts_of(str(tmp_path)).others == ()


def test_one_host_works_with_its_own_cores() -> None:
    settings = session_settings(Hosts(), MACHINE)
    assert settings["spark.master"] == "local[4]"
    assert "spark.driver.host" not in settings


def test_of_several_hosts_the_first_has_the_driver_and_all_others_work() -> None:
    settings = session_settings(Hosts("algo-1", THREE), MACHINE)
    assert settings["spark.master"] == "spark://algo-1:7077"
    assert settings["spark.driver.host"] == "algo-1"
    assert settings["spark.cores.max"] == "8"


@pytest.mark.parametrize("gib", [1, 4, 16, 256])
def test_what_is_asked_of_a_worker_it_offers(gib: int) -> None:
    machine = Machine(cores=2, memory_bytes=gib << 30)
    asked = int(session_settings(Hosts("algo-1", THREE), machine)["spark.executor.memory"][:-1])
    command = worker_command(Hosts("algo-2", THREE), machine)
    offered = int(command[command.index("--memory") + 1][:-1])
    assert asked <= offered <= gib << 10


def test_both_sides_name_the_same_master() -> None:
    assert master_command(Hosts("algo-1", THREE))[1:5] == ["--host", "algo-1", "--port", "7077"]
    assert worker_command(Hosts("algo-2", THREE), MACHINE)[-1] == "spark://algo-1:7077"


def test_an_overflow_is_an_error() -> None:
    assert session_settings(Hosts(), MACHINE)["spark.sql.ansi.enabled"] == "true"
