"""What the package may load: no AWS where it decides, no NumPy and no pandas anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import inference_records

MODULES = sorted(
    f"inference_records.{path.stem}"
    for path in Path(inference_records.__file__).parent.glob("*.py")
    if path.stem != "__init__"
)
EDGE = "inference_records.object_worker"
KNOW_AWS = {EDGE, "inference_records.failures"}
AWS = {"boto3", "botocore", "aws_lambda_powertools"}
HEAVY = {"numpy", "pandas"}

LOADED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

SPLIT_WITHOUT_NUMPY = """
import importlib.abc, io, sys
from datetime import UTC, datetime

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "pandas", "boto3", "botocore"):
            raise ModuleNotFoundError(f"{name} is not there", name=name)

sys.meta_path.insert(0, Blocked())

from inference_records.configuration import parse_configuration
from inference_records.split import Source, split_capture, split_ground_truth

now = datetime(2026, 11, 20, 10, tzinfo=UTC)
capture, *labels = (io.BytesIO(open(name, "rb").read()) for name in sys.argv[1:])
configuration = parse_configuration(b'{"features": "all"}')
key = "data-capture/e/v/2026/11/20/09/x.jsonl"
with split_capture(Source(key, now, capture), configuration) as split:
    print(split.records, split.records_rejected)
for stream in labels:
    with split_ground_truth(Source("ground-truth/x", now, stream), "e", configuration) as split:
        print(split.records, split.records_rejected)
assert not {"numpy", "pandas"} & sys.modules.keys()
"""


def run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(module: str) -> set[str]:
    return set(json.loads(run(LOADED, module)))


def test_the_decision_to_split_loads_no_aws() -> None:
    assert not loaded_by("inference_records.split") & AWS


@pytest.mark.parametrize("module", MODULES)
def test_no_module_but_the_edge_names_aws_or_numpy(module: str) -> None:
    path = Path(inference_records.__file__).parent / f"{module.partition('.')[2]}.py"
    imports = [
        line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))
    ]
    named = {line.split()[1].partition(".")[0] for line in imports}
    assert not named & (HEAVY | (set() if module in KNOW_AWS else AWS))
    assert "os" not in named, "the environment is read by the handlers alone"


def test_the_edge_leaves_clients_to_the_handlers() -> None:
    found = loaded_by(EDGE)
    assert found >= {"botocore", "aws_lambda_powertools"}
    assert "boto3" not in found


def test_every_form_is_split_where_numpy_and_pandas_are_not_installed(tmp_path: Path) -> None:
    """As in the functions; pyarrow loads both by itself where it finds them."""
    from tests.unit.records.splitting import capture_line, parquet, side
    from tests.unit.records.test_label_forms import FORMS
    from tests.unit.records.test_payload_forms import REQUESTS, RESPONSES

    lines = [capture_line(response, side([{"a": 1}, {"a": 2}])) for response in RESPONSES.values()]
    lines += [capture_line(side([1, 0]), request) for request in REQUESTS.values()]
    vectors = parquet({"probabilities": [[0.25, 0.75], [0.5, 0.5]]})
    lines += [capture_line(side([[0.25, 0.75], [1.0, 0.0]])), capture_line(side(vectors))]
    capture = tmp_path / "capture.jsonl"
    capture.write_bytes(b"\n".join(lines))
    for number, form in enumerate(FORMS.values()):
        (tmp_path / f"labels-{number}").write_bytes(form)
    files = [capture, *tmp_path.glob("labels-*")]
    counts = run(SPLIT_WITHOUT_NUMPY, *map(str, files))
    assert counts.splitlines() == [f"{2 * len(lines)} 0"] + ["3 0"] * len(FORMS)
