# Two commands do everything on a fresh machine with Rust, gcc, Node 20 and npm:
#   make run    the product with its embedded database and its simulated carrier
#   make test   every test there is
# The parts of `make test` can be run alone: fmt, clippy, tidy, unit, postgres, system, web.

CARGO ?= cargo
SYSTEM_TOOLS = sip-tester espeak-ng baresip-core linphone-cli kamailio python3-aiosmtpd postgresql
WEB_TOOLS = chromium
COUNT_TOOLS = valgrind

.PHONY: run test tools fmt clippy tidy unit postgres system web counts bench hostile schemathesis

run:
	$(CARGO) run --locked -- demo

test: tools fmt clippy unit postgres web

tools:
	./scripts/install-packages $(SYSTEM_TOOLS) $(WEB_TOOLS)

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

tidy:
	$(CARGO) test --locked --test tidy

# Unit, property, tidy and whole-system tests: the latter are the root package's `tests/`.
unit:
	$(CARGO) test --locked --workspace

# What the repositories promise and what the API answers, once more on a PostgreSQL server of its own.
postgres: tools
	CLAIMS=500 ./scripts/postgres with $(CARGO) test --locked --workspace --lib --test api \
		-- contract:: api::

system: tools
	$(CARGO) test --locked --test telephones -- --nocapture

# The browser app: lints, its unit tests, and every page of the real binary in Debian's Chromium.
web: tools
	$(CARGO) build --locked
	cd web && npm run lint && npm test && npm run e2e

# Instructions that each message, packet and decision costs, beside those that are kept; by Callgrind.
counts:
	./scripts/install-packages $(COUNT_TOOLS)
	./bench/counts/run

# The promises with numbers: answer to agent over some 500 calls, and what a packet, a message and
# a routing decision cost. Quote ratios: the figures are this machine's.
# `bench/pacing DIALSIM SCENARIOS` does the same for the pacer, where there is the pacing simulator.
bench:
	$(CARGO) run --locked --release -- demo --headless --agents 60 --for 120s --json
	$(CARGO) bench --locked -p sip -p media -p routing -p dialer

# A million mutated messages over UDP and a million in TCP streams; the switch has to answer a probe
# within 100 ms throughout.
hostile:
	HOSTILE_MESSAGES=1000000 $(CARGO) test --locked --release --test hostile -- --nocapture

# Whatever the API's document allows, and more, asked of the running product: 13,000 requests in some
# three minutes. No answer may be a 5xx, or one that the document does not describe.
schemathesis:
	$(CARGO) build --locked
	python3 -m venv target/schemathesis
	target/schemathesis/bin/pip install -q schemathesis==4.32.5
	SCHEMATHESIS=target/schemathesis/bin/schemathesis ./scripts/schemathesis
