# make run    build everything from a folder of log drops (a demo world when DROPS is not given)
# make test   run the tests
# make test-runs  the tests that make whole runs one after the other, real dialogues among them
# make test-trl  train tiny models with TRL on a release (its own .venv-trl; RELEASE=folder, else the demo's)
# make test-faults  kill -9 at fifty moments, full disks, held locks, midnight: an account of each
# make test-browser  drive the Dagster UI in Chromium
# make compose-check  read docker-compose.yml as an operator would, without an engine
# make manifests-check  hold deploy/k8s to the schema of Kubernetes, without a cluster
# make test-cluster  backfills by several Celery workers on a real PostgreSQL and Redis: the same tables?
# make pages  write docs/checks.md and docs/tables.md again from what they describe
# make screenshots  drive the Dagster UI and take docs/images again
# make prove-backfills  90 daily runs beside backfills of the same days: the same tables? (DAYS=90)
# make bench-orchestration  what Dagster adds to a day of work
# make dev    open the Dagster UI on the same installation
# make check  lint, types, definitions
# make bench  time the whole pipeline on 100,000 demo conversations
# make bench-ingest  time landing 3 GB of logs beside two references
# make bench-judge   the judge stage beside bare LiteLLM and aiohttp, against a local server
# make bench-judge-workers  the judge stage of eight days by 1, 2, 4, 8 processes that share a Redis (LAKE=1: a lake; PER_DAY=100)
# make bench-evidence  25 metrics on 1,000,000 conversations beside pandas and statsmodels
# make bench-training  1,000,000 labelled conversations to a finished release, step by step
# make bench-scale  a lake: what a core does, what two do, how large a day gets; sizes for larger days
# make bench-lake-writers  processes that overwrite days of a lake at once, with and without faults: rows and retries
# make chaos-judge   5,000 conversations, a faulty provider, ten kills, two caps: an account of every call
# make prove  worlds with a known truth: does every interval and verdict hold? writes docs/proof.md (THEME=one section)
# make measure-rules-judge  the rules judge against human labels of real conversations

PYTHON ?= python3
HOME_DIR ?= .last_mile
BIN := .venv/bin
CONVERSATIONS ?= 100000
DAYS ?= 30
WORLDS ?= 200
SEED ?= 1

.PHONY: run test test-runs test-trl test-browser test-faults test-cluster compose-check manifests-check pages screenshots
.PHONY: bench-orchestration prove-backfills
.PHONY: dev check bench bench-ingest bench-judge bench-judge-workers bench-evidence bench-training bench-scale bench-lake-writers
.PHONY: chaos-judge prove measure-rules-judge lock

run: .venv/installed
	@$(BIN)/last-mile run --home "$(HOME_DIR)" $(if $(DROPS),--drops "$(DROPS)") \
		$(if $(RUBRIC),--rubric "$(RUBRIC)") $(if $(JUDGE),--judge "$(JUDGE)") \
		$(if $(DEFAULT_DAY),--default-day "$(DEFAULT_DAY)")

test: .venv/installed
	@$(BIN)/pytest -q -n auto --dist worksteal

test-runs: .venv/installed
	@$(BIN)/pytest -q -n auto --dist worksteal -m runs

# One thread: the model is so small that a second one only waits, five times as long beside other work.
test-trl: .venv-trl/installed
	@OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 $(if $(RELEASE),LAST_MILE_RELEASE="$(abspath $(RELEASE))") \
		.venv-trl/bin/pytest -q last_mile_tests/consumers

test-faults: .venv/installed
	@$(BIN)/pytest -q -m faults -p no:cacheprovider last_mile_tests/faults

test-cluster: .venv/installed
	@$(BIN)/pytest -q -m cluster -p no:cacheprovider last_mile_tests/cluster

test-browser: .venv/installed
	@$(BIN)/pytest -q -m browser last_mile_tests/browser

compose-check: .venv/installed
	@$(BIN)/python -m last_mile_tests.deployment.compose_check

manifests-check: .venv/installed
	@$(BIN)/python -m last_mile_tests.deployment.manifests_check

# After every change of sql/, of an asset's parents or of a check; tests say when it is due.
pages: .venv/installed
	@$(BIN)/python -m last_mile_tests.column_lineage
	@$(BIN)/python -m last_mile_tests.tables_page
	@$(BIN)/last-mile checks page --out docs/checks.md

screenshots: .venv/installed
	@LAST_MILE_SCREENSHOTS=docs/images $(BIN)/pytest -q -m browser last_mile_tests/browser

bench-orchestration: .venv/installed
	@$(BIN)/python -W ignore -m last_mile_tests.bench_orchestration

prove-backfills: .venv/installed
	@$(BIN)/python -W ignore -m last_mile_tests.prove_backfills $(if $(filter file,$(origin DAYS)),,--days $(DAYS))

dev: .venv/installed
	@mkdir -p "$(HOME_DIR)/dagster"
	@[ -e "$(HOME_DIR)/dagster/dagster.yaml" ] || cp dagster.yaml "$(HOME_DIR)/dagster/dagster.yaml"
	@LAST_MILE_HOME="$(abspath $(HOME_DIR))" DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" \
		$(BIN)/dagster dev -w workspace.yaml

check: .venv/installed
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/dagster definitions validate -w workspace.yaml

bench-ingest: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_ingest

bench-judge: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_judge

bench-judge-workers: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_judge_workers $(if $(LAKE),--lake) $(if $(PER_DAY),--per-day $(PER_DAY))

bench-evidence: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_evidence $(if $(ROWS),--rows $(ROWS))

bench-scale: .venv/installed
	@$(BIN)/python -W ignore -m last_mile_tests.bench_scale $(if $(ROWS),--conversations $(ROWS))

bench-lake-writers: .venv/installed
	@$(BIN)/python -W ignore -m last_mile_tests.bench_lake_writers $(if $(TIMES),--times $(TIMES))

bench-training: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_training $(if $(ROWS),--conversations $(ROWS))

chaos-judge: .venv/installed
	@$(BIN)/python -m last_mile_tests.chaos --conversations 5000 --kills 10 --seed 1

prove: .venv/installed
	@$(BIN)/python -m last_mile_tests.prove --worlds $(WORLDS) --seed $(SEED) $(if $(THEME),--theme "$(THEME)")

measure-rules-judge: .venv/installed
	@$(BIN)/python -m last_mile_tests.measure_rules_judge

bench: .venv/installed
	@$(BIN)/python -m last_mile_tests.bench_pipeline --conversations $(CONVERSATIONS) --days $(DAYS)

# New lock files after a change of pyproject.toml (needs uv). The extra `trl` has one of its own, made
# under the versions of the first, without torch.
UV_COMPILE := uv pip compile --universal --python-version 3.11 --no-strip-extras --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate -q
EXTRA_TRL := import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["trl"], sep="\n")
lock:
	$(UV_COMPILE) pyproject.toml --extra dev --extra deploy --extra lake --extra celery --extra k8s -o requirements.lock
	$(PYTHON) -c '$(EXTRA_TRL)' | \
		$(UV_COMPILE) - -c requirements.lock --no-emit-package torch -o requirements-trl.lock

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into .venv (once, a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# torch comes last and unhashed (PyPI's build for Linux x86-64 carries CUDA, ~3 GB; for the one without:
# make test-trl PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu).
.venv-trl/installed: requirements.lock requirements-trl.lock pyproject.toml
	@echo "Installing into .venv-trl (once, a few minutes) ..."
	@$(PYTHON) -m venv .venv-trl
	@.venv-trl/bin/pip install -qq --disable-pip-version-check --no-deps --require-hashes \
		-r requirements.lock -r requirements-trl.lock
	@.venv-trl/bin/pip install -qq --disable-pip-version-check --no-build-isolation -e '.[trl]'
	@touch $@
