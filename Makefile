# The front door: every target installs what it needs, builds, and says what it does.
.PHONY: help deps build test unit tsan soak bench format clean demo

BUILD_DEPS := g++ make cmake ninja-build pkg-config \
  libboost1.81-dev libboost-json1.81-dev libspdlog-dev libfmt-dev libyaml-cpp-dev libcli11-dev libxxhash-dev \
  libdeflate-dev libzstd-dev libssl-dev
TEST_DEPS := libgtest-dev libgmock-dev libbenchmark-dev libsimdjson-dev python3 netcat-openbsd systemd logrotate zstd \
  haproxy openssl rsyslog rsyslog-openssl systemd-container mmdebstrap \
  faketime
FORMAT_DEPS := clang-format-19
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
# Each link of a sanitized test takes about a gigabyte; more jobs than processors gain nothing.
JOBS ?= $(shell nproc)

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Installs with apt what of the packages in $(1) is missing, and asks for nothing where nothing is.
define install
	@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing" $$missing; \
	  $(SUDO) apt-get update -q >/dev/null && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -q -y --no-install-recommends $$missing >/dev/null; \
	fi
endef

deps: ## install what is missing to build and test, with apt
	$(call install,$(BUILD_DEPS) $(TEST_DEPS))

build: ## build/release/eventfwd, optimised and hardened
	$(call install,$(BUILD_DEPS))
	@cmake --preset release -DEVENTFWD_TESTS=OFF >/dev/null
	@cmake --build --preset release --target eventfwd -j $(JOBS)

demo: build ## see it work: real senders, rendered lines, the ledger
	@build/release/eventfwd demo

test: deps ## build and run everything: unit, model and fuzz corpora sanitized; end to end optimised
	@cmake --preset dev >/dev/null && cmake --build --preset dev -j $(JOBS)
	@cmake --preset release -DEVENTFWD_TESTS=ON >/dev/null
	@cmake --build --preset release --target e2e_programs -j $(JOBS)
	@ctest --test-dir build/dev --output-on-failure -j $(JOBS)
	@ctest --test-dir build/release --output-on-failure -L e2e

unit: deps ## the fast tests alone
	@cmake --preset dev >/dev/null && cmake --build --preset dev -j $(JOBS)
	@ctest --test-dir build/dev --output-on-failure -L unit

# Its shadow memory needs addresses that a kernel with much randomness gives away.
NO_ASLR := $(shell setarch -R true 2>/dev/null && echo setarch -R)

tsan: deps ## unit, model and end-to-end tests under the thread sanitizer
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan -j $(JOBS)
	@EVENTFWD_MODEL_SEQUENCES=$${EVENTFWD_MODEL_SEQUENCES:-1000} $(NO_ASLR) ctest --test-dir build/tsan --output-on-failure -L 'unit|model'
	@cd tests/e2e && EVENTFWD=$(CURDIR)/build/tsan/eventfwd EVENTFWD_LOAD=$(CURDIR)/build/tsan/bench/load EVENTFWD_PATIENCE=5 \
	  EVENTFWD_KILLS=10 PYTHONDONTWRITEBYTECODE=1 $(NO_ASLR) python3 -W ignore -m unittest discover -v -p '*_test.py'

soak: deps ## for hours: a million random lives of the journal, hundreds of kills, five million events through an outage
	@cmake --preset release -DEVENTFWD_TESTS=ON >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@cd tests/e2e && EVENTFWD=$(CURDIR)/build/release/eventfwd EVENTFWD_KILLS=$${EVENTFWD_KILLS:-200} \
	  EVENTFWD_KILL_ROUNDS=$${EVENTFWD_KILL_ROUNDS:-10} EVENTFWD_OUTAGE_EVENTS=$${EVENTFWD_OUTAGE_EVENTS:-5000000} \
	  EVENTFWD_OVERLOAD_PACKETS=$${EVENTFWD_OVERLOAD_PACKETS:-10000000} PYTHONDONTWRITEBYTECODE=1 \
	  python3 -W ignore -m unittest -v kill_test kill_points_test disk_test overload_test
	@EVENTFWD_MODEL_SEED=$${EVENTFWD_MODEL_SEED:-$$(date +%s)000000} EVENTFWD_MODEL_SEQUENCES=$${EVENTFWD_MODEL_SEQUENCES:-1000000} \
	  build/release/tests/journal/journal_test --gtest_filter='JournalModel.*'

bench: deps ## measure against the floors and, where they are there, rsyslog and syslog-ng
	@cmake --preset release -DEVENTFWD_TESTS=ON >/dev/null && cmake --build --preset release -j $(JOBS)
	@build/release/tests/bench/formatter_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
	@build/release/tests/bench/journal_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
	@EVENTFWD_BENCH_PEERS=$${EVENTFWD_BENCH_PEERS:-build/peers} tests/bench/spine.py --eventfwd build/release/eventfwd --load build/release/bench/load
	@EVENTFWD_BENCH_PEERS=$${EVENTFWD_BENCH_PEERS:-build/peers} tests/bench/forwarding.py --eventfwd build/release/eventfwd --load build/release/bench/load

format: ## let clang-format decide
	$(call install,$(FORMAT_DEPS))
	@git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

clean: ## forget what was built
	@rm -rf build
