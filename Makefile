# One command each; `make` alone lists them. PYTHON chooses the interpreter.
PYTHON ?= python3

export SAM_CLI_TELEMETRY = 0
# SAM wants a region even where it asks no account anything.
export AWS_DEFAULT_REGION ?= us-east-1
# The environments are installed without bytecode: the first run writes what it needs.
unexport PYTHONDONTWRITEBYTECODE

bin := .venv/bin
sam := .venv-sam/bin/sam
image := batch-payload-monitor:dev
# A process a core; a file's tests stay together, for they share what is dear to make.
pytest := $(bin)/pytest --numprocesses auto --dist loadfile
code := layers monitor_container functions tests examples docs benchmarks

compile := UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --upgrade --generate-hashes
# What is shipped has the versions that the tests ran with.
shipped := --python-version 3.13 --python-platform linux --constraint requirements/dev.txt
# aws-xray-sdk asks for botocore. The runtime has it, precompiled and matching its boto3, and a second one in a
# layer would shadow it.
in_lambda := --no-emit-package botocore --no-emit-package python-dateutil --no-emit-package six --no-emit-package urllib3
# Half a gigabyte, which XGBoost asks for to train on several GPUs.
without_gpu := --no-emit-package nvidia-nccl-cu12

.PHONY: help setup test check unit demo notebook local e2e browser screenshots bench bench-quick oracles build image image-spark spark audit docs lock clean needs-docker

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed ## Install the development environment

test: check ## Everything that needs no Docker: static checks, unit and integration tests
	@echo "Skipped here: tests/e2e, which needs Docker (make e2e), and tests/spark, which needs Java (make spark)"
	$(pytest)

check: .venv/.installed .venv-sam/.installed ## Lint, format, types, template
	$(bin)/ruff check $(code)
	$(bin)/ruff format --check $(code)
	$(bin)/mypy
	$(bin)/cfn-lint template.yaml
	$(sam) validate --lint

unit: .venv/.installed ## Unit tests only: seconds, no AWS of any kind
	$(pytest) tests/unit

demo: .venv/.installed ## Play three endpoints on an embedded S3 and monitor them
	$(bin)/python examples/demo.py

notebook: .venv/.installed ## Run the notebook in examples/ and keep what it shows
	$(bin)/python examples/run_notebook.py

local: needs-docker .venv/.installed .venv-sam/.installed ## Invoke each function with a sample event, without an account (Docker)
	@$(bin)/python examples/local.py --check $(FUNCTION) $(EVENT)
	$(MAKE) build
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(bin)/python examples/local.py $(FUNCTION) $(EVENT)

e2e: needs-docker .venv/.installed .venv-sam/.installed .venv-e2e/.installed ## Build, deploy to an emulator, run the container (Docker)
	$(MAKE) build image image-spark
	$(bin)/pytest tests/e2e

spark: .venv-spark/.installed ## Compare Spark's numbers with DuckDB's (Java)
	.venv-spark/bin/pytest tests/spark

browser: .venv/.installed ## The demo's pages in Chromium: quiet, accessible, true (skipped where there is none)
	$(bin)/pytest tests/browser

screenshots: .venv/.installed ## Pictures of the demo's pages for the documentation (after make demo; Chromium)
	$(bin)/python tests/browser/screenshots.py

bench: .venv/.installed .venv-evidently/.installed .venv-nannyml/.installed ## Speed and memory beside peers and floors; tables, and JSON in build/benchmarks (an hour)
	$(bin)/python -m benchmarks.performance

bench-quick: .venv/.installed ## The same on small data, without peers that are not installed
	$(bin)/python -m benchmarks.performance --quick

oracles: .venv/.installed .venv-evidently/.installed .venv-nannyml/.installed ## Compare our metrics with Evidently's and NannyML's
	$(bin)/pytest tests/oracles

build: .venv-sam/.installed ## Build functions and layers into .aws-sam
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" sam build

image: needs-docker ## Build the monitor's container image
	docker build --target monitor --tag $(image) --file monitor_container/Dockerfile .

image-spark: needs-docker ## Build the image with Spark, for windows that one machine is not enough for
	docker build --target spark --tag $(image)-spark --file monitor_container/Dockerfile .

audit: .venv-audit/.installed ## Scan template and Dockerfile for what an attacker would look for
	$(<D)/bin/checkov --config-file .checkov.yaml

docs: .venv/.installed ## Write the parts of docs/ that are made from the code
	$(bin)/python -m docs.generator

lock: ## Resolve every *.in file to its newest versions, with hashes (needs uv)
	$(compile) --universal --python-version 3.11 requirements/dev.in --output-file requirements/dev.txt
	$(compile) --universal --python-version 3.11 requirements/sam.in --output-file requirements/sam.txt
	$(compile) --universal --python-version 3.11 requirements/e2e.in --output-file requirements/e2e.txt
	$(compile) --universal --python-version 3.11 --constraint requirements/dev.txt requirements/spark.in --output-file requirements/spark.txt
	$(compile) --universal --python-version 3.11 requirements/audit.in --output-file requirements/audit.txt
	$(compile) --universal --python-version 3.11 requirements/evidently.in --output-file requirements/evidently.txt
	$(compile) --universal --python-version 3.11 $(without_gpu) requirements/nannyml.in --output-file requirements/nannyml.txt
	$(compile) $(shipped) requirements/build.in --output-file requirements/build.txt
	$(compile) $(shipped) monitor_container/requirements.in --output-file monitor_container/requirements.txt
	$(compile) $(shipped) monitor_container/requirements-spark.in --output-file monitor_container/requirements-spark.txt
	$(compile) $(shipped) $(in_lambda) layers/dependencies/requirements.in --output-file layers/dependencies/requirements.txt

clean: ## Remove environments, builds and caches
	rm -rf .venv .venv-sam .venv-e2e .venv-spark .venv-audit .venv-evidently .venv-nannyml .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first prerequisite: what cannot run need not be installed for.
needs-docker:
	@docker info >/dev/null || { echo "make $(MAKECMDGOALS) needs a running Docker engine (see DOCKER_HOST)" >&2; exit 1; }

# A lock file is complete, so pip has nothing to resolve (--no-deps); what is never imported need not be
# compiled (--no-compile), which saves a third of the time.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 1; }
@echo "Installing $< into $(@D) ..."
@$(PYTHON) -m venv --clear $(@D)
@$(@D)/bin/pip install -qq --no-deps --no-compile --require-hashes --requirement $<
endef

.venv/.installed: requirements/dev.txt layers/inference_records/pyproject.toml monitor_container/pyproject.toml
	$(install)
	@$(@D)/bin/pip install -qq --no-deps --no-build-isolation -e layers/inference_records -e monitor_container
	@touch $@

.venv-sam/.installed: requirements/sam.txt
	$(install)
	@touch $@

.venv-e2e/.installed: requirements/e2e.txt
	$(install)
	@touch $@

.venv-spark/.installed: requirements/spark.txt layers/inference_records/pyproject.toml monitor_container/pyproject.toml
	$(install)
	@$(@D)/bin/pip install -qq --no-deps --no-build-isolation -e layers/inference_records -e monitor_container
	@touch $@

.venv-audit/.installed: requirements/audit.txt
	$(install)
	@touch $@

.venv-evidently/.installed: requirements/evidently.txt
	$(install)
	@touch $@

.venv-nannyml/.installed: requirements/nannyml.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || \
		{ echo "NannyML runs on Python 3.11 and 3.12 only. Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(install)
	@touch $@
