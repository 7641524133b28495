"""The engine takes what the machine has to give, and spills what does not fit."""

from __future__ import annotations

from pathlib import Path

from monitor.engine import available_cores, available_memory, connect, has_room

MIB = 1 << 20


def limited(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_function_has_the_memory_that_its_setting_says() -> None:
    assert available_memory({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}, ()) == 1769 * MIB


def test_a_container_has_the_memory_that_its_cgroup_says_in_either_version(tmp_path: Path) -> None:
    new = limited(tmp_path, "memory.max", f"{300 * MIB}\n")
    old = limited(tmp_path, "memory.limit_in_bytes", f"{200 * MIB}\n")
    missing = tmp_path / "nowhere"

    assert available_memory({}, (new, missing)) == 300 * MIB
    assert available_memory({}, (missing, old)) == 200 * MIB


def test_no_limit_of_a_cgroup_is_the_machine(tmp_path: Path) -> None:
    new = limited(tmp_path, "memory.max", "max\n")
    old = limited(tmp_path, "memory.limit_in_bytes", "9223372036854771712\n")

    assert available_memory({}, (new,)) == available_memory({}, (old,)) == available_memory({}, ())


def test_of_little_memory_there_are_few_threads() -> None:
    assert available_cores(64 * MIB) == 1
    assert available_cores(1 << 50) >= 1


def test_the_engine_knows_how_much_room_it_has() -> None:
    backend = connect(300 * MIB)

    assert has_room(backend, 149 * MIB)
    assert not has_room(backend, 151 * MIB)


def test_what_is_larger_than_the_memory_is_spilled() -> None:
    backend = connect(100 * MIB)
    backend.raw_sql("CREATE TEMP TABLE many AS SELECT hash(range) AS id FROM range(30_000_000)")

    ((count,),) = backend.raw_sql(
        "SELECT count(*) FROM (SELECT * FROM many ORDER BY id)"
    ).fetchall()

    assert count == 30_000_000
    ((spilled,),) = backend.raw_sql("SELECT sum(size) FROM duckdb_temporary_files()").fetchall()
    assert spilled > 100 * MIB
