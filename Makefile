# fgdiag: one Makefile, no recursion.
#
#   make                the program          make demo     set up, build, one diagnosis against the emulator
#   make check          set up, all tests    make lint     format, clang-tidy, cppcheck, man pages, layers
#   make install        DESTDIR, PREFIX      make bench    what a run costs
#   make bench-instructions  instructions of fixed work, against a baseline   make bench-baseline  writes it
#   make fuzz           FUZZ_SECONDS a target    make coverage  lines and branches that the tests reach
#   make coverage-deciding    the branches of what decides, by unit tests alone
#   make properties     worlds drawn by lot: DRAWN of them, from SEED on
#   make linear         time over input size, up to 16 MiB
#   make check-integration  the files of dist/, checked by systemd, Icinga 2, Prometheus and rsyslog
#   make deb            a Debian package    make dist      a source tarball    make check-packages  both, tried
#   make faults         connections that fail at any byte; FAULTS='reset stall' for those kinds only
#   make check-browser  the HTML report in chromium   make screenshots  pictures of it, into doc/
#   make host-faults    calls of the C library that fail, each once; signals at any moment
#
# VARIANT=release|debug|san|cov   CC=gcc|clang   WERROR=1   V=1

VERSION := 0.1.0
VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= python3
ifeq ($(origin CC),default)
CC := gcc
endif

VARIANTS := release debug san cov
ifeq ($(filter $(VARIANT),$(VARIANTS)),)
$(error VARIANT is one of: $(VARIANTS); not '$(VARIANT)')
endif

# Lower layers first. A file includes headers of its own layer or a lower one
# (tests/support/layers.awk refuses the rest); the core links without libssh.
LAYERS := base entry model plan dialog read judge report link run cli
CORE := base entry model plan dialog read judge report

BUILD_PACKAGES := gcc libc6-dev pkg-config libssh-dev libpcre2-dev libyaml-dev libjansson-dev libcrypt-dev libzip-dev \
	libssl-dev zlib1g-dev libzstd-dev
CHECK_PACKAGES := $(BUILD_PACKAGES) clang libclang-rt-14-dev clang-format clang-tidy cppcheck libcmocka-dev python3 \
	python3-jsonschema tshark mandoc openssh-client openssh-server dropbear-bin zsh fish jq prometheus cmark-gfm unzip \
	zstd ripgrep valgrind
INTEGRATION_PACKAGES := $(CHECK_PACKAGES) systemd icinga2-bin icinga2-common rsyslog strace shellcheck
PACKAGING_PACKAGES := $(BUILD_PACKAGES) libcmocka-dev make debhelper dpkg-dev fakeroot lintian
COVERAGE_PACKAGES := $(CHECK_PACKAGES) gcovr
# An npm that is there already may not be Debian's, and stays.
BROWSER_PACKAGES := chromium fonts-dejavu-core $(if $(shell command -v npm 2>/dev/null),,nodejs npm)
LIBRARIES := libssh libpcre2-8 yaml-0.1 jansson libcrypt libzip libcrypto zlib libzstd

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wold-style-definition \
	-Wimplicit-fallthrough -Wredundant-decls -Wnested-externs -Wcast-align -Wdouble-promotion -Walloca
# Of the program only: cmocka's asserts do not tell the compiler that they end a
# test, and what the sanitizers add looks like a null pointer to it.
release_OBJECT_WARN := -Wnull-dereference
# Warnings that clang does not know.
gcc_WARN := -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init -Wformat-signedness \
	-Wformat-overflow=2 -Warith-conversion

# tests/support/hardening.sh looks in the built program for what these ask for.
# A compiler that does not know level 3 of FORTIFY takes it as level 2.
MACHINE := $(shell uname -m)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64,$(MACHINE)),-fcf-protection=full)
release_FLAGS := -O2 -g $(HARDEN)
debug_FLAGS := -O0 -g3
san_FLAGS := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
san_LINK := -fsanitize=address,undefined
cov_FLAGS := -O0 -g --coverage
cov_LINK := --coverage
fuzz_FLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz_LINK := -fsanitize=fuzzer,address,undefined
cover_FLAGS := -O0 -g -fprofile-instr-generate -fcoverage-mapping
cover_LINK := -fprofile-instr-generate

BASE_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DFGDIAG_VERSION='"$(VERSION)"' -fPIE $(WARN) $(if $(WERROR),-Werror) \
	-iquote include $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
BASE_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
core_LIBS = $(shell pkg-config --libs libpcre2-8 yaml-0.1 jansson) -lm
all_LIBS = $(shell pkg-config --libs libssh libcrypt libzip libcrypto zlib libzstd) $(core_LIBS) -lpthread
cmocka_LIBS = $(shell pkg-config --libs cmocka)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
upto = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,$(words $(2)),$(2))))

comma := ,
# What tests/support/fault_calls.c stands in front of.
FAILING_CALLS := calloc realloc open read __read_chk write close fsync rename poll __poll_chk socket socketpair connect \
	send recv fcntl fork execve waitpid pipe2 dup2 eventfd stat fstat access mmap sigaction pthread_create \
	openat flock ftruncate mkdir

MANUALS := $(sort $(wildcard doc/*.1 doc/*.5))
# What unit tests stand in front of themselves: tests/unit/wrapped.h.
WRAPPED_test_known_hosts_calls := open read pread write fstat flock fsync ftruncate close ssh_get_publickey_hash \
	ssh_get_fingerprint_hash
WRAPPED_test_secret_calls := open read write fstat poll mmap tcgetattr tcsetattr signalfd
WRAPPED_test_hostkey := ssh_get_server_publickey ssh_get_publickey_hash ssh_get_fingerprint_hash ssh_key_type_to_char \
	ssh_pki_export_pubkey_base64
WRAPPED_test_device := getpwuid isatty open ssh_config_ask ssh_config_proxy secret_from_tty

PLAYBOOKS := $(sort $(wildcard playbooks/*.yaml))
UNIT_SRC := $(sort $(wildcard tests/unit/*/test_*.c))
EMU_SRC := $(sort $(wildcard tests/emu/*.c))

# Goals that set up their machine first.
SETUP := $(if $(filter check lint bench fuzz check-browser screenshots,$(MAKECMDGOALS)),setup-check,$(if $(filter demo,$(MAKECMDGOALS)),setup-build))

.PHONY: all
all: build/$(CC)-$(VARIANT)/fgdiag

# ---- one set of rules for each compiler and variant in use ------------------
# $(1) compiler, $(2) variant, $(3) build folder

define objects
$(3)/obj/%.o: src/%.c | $(SETUP)
	@mkdir -p $$(@D)
	$$(call say,CC,$$<)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_OBJECT_WARN) $$($(2)_FLAGS) $$(CPPFLAGS) $$(CFLAGS) -MMD -MP -c $$< -o $$@

$(3)/gen/playbooks.c: $(PLAYBOOKS) tests/support/embed.awk
	@mkdir -p $$(@D)
	$$(Q)for f in $(PLAYBOOKS); do echo "@ $$$$(basename $$$$f .yaml)"; od -An -v -tu1 $$$$f; done | \
		awk -f tests/support/embed.awk > $$@

$(3)/obj/gen/playbooks.o: $(3)/gen/playbooks.c
	@mkdir -p $$(@D)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_FLAGS) $$(CPPFLAGS) $$(CFLAGS) -c $$< -o $$@

$(foreach l,$(LAYERS),$(3)/lib/$(l).a): $(3)/lib/%.a:
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(foreach l,$(LAYERS),$(eval $(3)/lib/$(l).a: $(patsubst src/%.c,$(3)/obj/%.o,$(sort $(wildcard src/$(l)/*.c)))))
$(3)/lib/cli.a: $(3)/obj/gen/playbooks.o

$(3)/fgdiag: $(foreach l,$(call reverse,$(LAYERS)),$(3)/lib/$(l).a)
	$$(call say,LD,$$@)
	$$(Q)$(1) $$(BASE_LDFLAGS) $$($(2)_LINK) $$(LDFLAGS) -Wl,--start-group $$^ -Wl,--end-group $$(all_LIBS) -o $$@

# The same program with a clock that runs faster, so that worlds take seconds.
$(3)/fgdiag-fast: tests/support/clock_fast.c $(foreach l,$(call reverse,$(LAYERS)),$(3)/lib/$(l).a)
	$$(call say,LD,$$@)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_FLAGS) $$(BASE_LDFLAGS) $$($(2)_LINK) $$(LDFLAGS) $$< \
		-Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(all_LIBS) -o $$@

# The same again, and any one of its calls of the C library may fail.
$(3)/fgdiag-failing: tests/support/fault_calls.c tests/support/clock_fast.c $(foreach l,$(call reverse,$(LAYERS)),$(3)/lib/$(l).a)
	$$(call say,LD,$$@)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_FLAGS) $$(BASE_LDFLAGS) $$($(2)_LINK) $$(LDFLAGS) $$(filter %.c,$$^) \
		$$(addprefix -Wl$$(comma)--wrap=,$$(FAILING_CALLS)) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
		$$(all_LIBS) -o $$@

$(3)/fgt-emu: $(EMU_SRC) $(wildcard tests/emu/*.h) | $(SETUP)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_FLAGS) -iquote tests/emu $$(BASE_LDFLAGS) $$($(2)_LINK) $$(LDFLAGS) \
		$(EMU_SRC) $$(all_LIBS) -o $$@

$(foreach l,$(LAYERS),$(eval $(call unit_rule,$(1),$(2),$(3),$(l))))
-include $(wildcard $(3)/obj/*/*.d $(3)/unit/*/*.d)
endef

# A unit test links with its own layer and those below it, and nothing else.
define unit_rule
$(3)/unit/$(4)/%: tests/unit/$(4)/%.c $(wildcard tests/unit/$(4)/*.h tests/unit/$(4)/support*.c) $(foreach l,$(call reverse,$(call upto,$(4),$(LAYERS))),$(3)/lib/$(l).a)
	@mkdir -p $$(@D)
	$$(call say,UNIT,$$<)
	$$(Q)$(1) $$(BASE_CFLAGS) $$($(1)_WARN) $$($(2)_FLAGS) -iquote tests/unit -iquote tests/unit/$(4) -iquote tests/support -MMD -MP -MF $$@.d $$(BASE_LDFLAGS) $$($(2)_LINK) $$< \
		$$(addprefix -Wl$$(comma)--wrap=,$$(WRAPPED_$$*)) \
		$$(wildcard tests/unit/$(4)/support*.c) \
		-Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(cmocka_LIBS) \
		$(if $(filter $(4),$(CORE)),$$(core_LIBS),$$(all_LIBS)) -o $$@
endef

COMBINATIONS := $(sort $(CC)-$(VARIANT) $(CC)-release $(CC)-san gcc-cov clang-release clang-fuzz clang-cover)
$(foreach c,$(COMBINATIONS),$(eval $(call objects,$(firstword $(subst -, ,$(c))),$(lastword $(subst -, ,$(c))),build/$(c))))

unit_of = $(patsubst tests/unit/%.c,build/$(1)/unit/%,$(UNIT_SRC))

# ---- set-up ------------------------------------------------------------------

.PHONY: setup-build setup-check
setup-build:
	@sh tests/support/setup.sh $(BUILD_PACKAGES)
setup-check:
	@sh tests/support/setup.sh $(CHECK_PACKAGES)

# ---- tests -------------------------------------------------------------------
# $(call test_rules,NAME,BUILD FOLDER,SPEED,SPEED,RUNS): phony check-NAME for
# one build. The sanitizers make everything slower, so their worlds' clock runs
# slower too; the second speed and the runs are those of the broken connections.
# A program that counts what it ran says on stderr that it cannot write its counts.

define test_rules
.PHONY: unit-$(1) golden-$(1) e2e-$(1)
unit-$(1): $(call unit_of,$(1))
	$$(Q)set -e; for t in $$^; do echo "  RUN   $$$$t"; $$$$t > $$$$t.log 2>&1 || { cat $$$$t.log; exit 1; }; \
		grep -h '^skip' $$$$t.log || true; done
golden-$(1): $(2)/fgdiag
	$$(Q)sh tests/golden/run_golden.sh $$<
e2e-$(1): $(2)/fgdiag-fast $(2)/fgdiag-failing $(2)/fgt-emu $(2)/fgdiag
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/run_worlds.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3) -j 12
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_cli.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_check.py --fgdiag $(2)/fgdiag-fast --failing $(2)/fgdiag-failing --emu $(2)/fgt-emu --speed $(3)
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_inventory.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)$$(PYTHON) -B tests/e2e/test_batch.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)$$(PYTHON) -B tests/e2e/test_scan.py --fgdiag $(2)/fgdiag --emu $(2)/fgt-emu
	$$(Q)$$(PYTHON) -B tests/e2e/test_servers.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)$$(PYTHON) -B tests/e2e/test_pcap.py --fgdiag $(2)/fgdiag
	$(if $(findstring -san,$(1)),,$$(Q)$$(PYTHON) -B tests/e2e/test_completion.py --fgdiag $(2)/fgdiag)
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_laptop.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$(if $(findstring -san,$(1)),,$$(Q)$$(PYTHON) -B tests/e2e/test_readme.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed 20)
	$$(Q)$$(PYTHON) -B tests/e2e/test_markdown.py --fgdiag $(2)/fgdiag
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_bundle.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)$$(PYTHON) -B tests/e2e/test_bad_input.py --fgdiag $(2)/fgdiag
	$$(Q)$$(PYTHON) -B tests/e2e/test_faults.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(4) --runs $(5)
	$$(Q)$$(PYTHON) -B tests/e2e/test_calls.py --fgdiag $(2)/fgdiag-failing --emu $(2)/fgt-emu --speed $(4) --offline-runs $(5) --runs 60
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_secrets.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)FGDIAG_CLOCK_SPEED=$(3) $$(PYTHON) -B tests/e2e/test_redact.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3)
	$$(Q)$$(PYTHON) -B tests/e2e/test_signals.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(3) --runs 16
	$(if $(findstring -cov,$(1)),,$$(Q)$$(PYTHON) -B tests/e2e/test_surroundings.py --fgdiag $(2)/fgdiag-fast --emu $(2)/fgt-emu --speed $(4))
endef
$(eval $(call test_rules,$(CC)-$(VARIANT),build/$(CC)-$(VARIANT),10,100,600))
$(if $(filter san,$(VARIANT)),,$(eval $(call test_rules,$(CC)-san,build/$(CC)-san,5,30,200)))
$(if $(filter gcc-cov,$(CC)-$(VARIANT)),,$(eval $(call test_rules,gcc-cov,build/gcc-cov,10,100,100)))

TESTED := $(sort $(CC)-$(VARIANT) $(CC)-san)

# All programs first, on all cores; the tests then run one after the other.
PROGRAMS = build/clang-release/fgdiag build/$(CC)-$(VARIANT)/linear $(addprefix build/replay/,$(FUZZ)) \
	$(addprefix build/fuzz/,$(FUZZ)) $(foreach t,$(TESTED),$(call unit_of,$(t)) \
	$(addprefix build/$(t)/,fgdiag fgdiag-fast fgdiag-failing fgt-emu))
.PHONY: check check-programs unit golden e2e
check-programs: | $(SETUP)
	$(Q)$(MAKE) --no-print-directory -j $$(nproc) WERROR=1 $(PROGRAMS)
check: WERROR := 1
check: check-programs lint hardening build/clang-release/fgdiag fuzz-replay fuzz-short linear-check \
	$(foreach t,$(TESTED),unit-$(t) golden-$(t) e2e-$(t)) coverage-deciding bench-instructions check-examples \
	check-browser check-integration check-packages
	@echo "check: all passed"
unit: unit-$(CC)-$(VARIANT)
golden: golden-$(CC)-$(VARIANT)
e2e: e2e-$(CC)-$(VARIANT)

# ---- the HTML report in Debian's chromium ------------------------------------
# playwright-core comes from the npm registry, as package-lock.json pins it.

BROWSER := build/browser/node_modules/.package-lock.json
.PHONY: setup-browser check-browser screenshots
setup-browser:
	@sh tests/support/setup.sh $(BROWSER_PACKAGES)
$(BROWSER): tests/browser/package.json tests/browser/package-lock.json | setup-browser
	$(call say,NPM,$@)
	$(Q)mkdir -p build/browser && cp $^ build/browser
	$(Q)NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} \
		npm ci --prefix build/browser --ignore-scripts --no-audit --no-fund --silent
check-browser: build/$(CC)-$(VARIANT)/fgdiag $(BROWSER)
	$(Q)node tests/browser/test_report.mjs $< build/browser/pages
screenshots: build/$(CC)-$(VARIANT)/fgdiag $(BROWSER)
	$(Q)node tests/browser/screenshots.mjs $< doc

# What the release programs of both compilers are protected by.
.PHONY: hardening
hardening: build/$(CC)-release/fgdiag build/clang-release/fgdiag
	$(Q)sh tests/support/hardening.sh $^

# What is shipped in dist/, read by the programs that it is for.
.PHONY: check-integration setup-integration
setup-integration:
	@NO_DAEMONS=1 sh tests/support/setup.sh $(INTEGRATION_PACKAGES)
check-integration: setup-integration
	$(Q)$(MAKE) --no-print-directory build/$(CC)-$(VARIANT)/fgdiag build/$(CC)-$(VARIANT)/fgdiag-fast build/$(CC)-$(VARIANT)/fgt-emu
	$(Q)$(PYTHON) -B tests/integration/test_shipped.py --fgdiag build/$(CC)-$(VARIANT)/fgdiag \
		--fast build/$(CC)-$(VARIANT)/fgdiag-fast --emu build/$(CC)-$(VARIANT)/fgt-emu

# Every offset of the plan of tests/e2e/test_faults.py, for half an hour or more.
.PHONY: faults
faults: build/$(CC)-$(VARIANT)/fgdiag-fast build/$(CC)-$(VARIANT)/fgt-emu
	$(Q)$(PYTHON) -B tests/e2e/test_faults.py --fgdiag $< --emu $(word 2,$^) --all $(FAULTS)

# Draws worlds, looks for verdicts that are sure and wrong, and harms the
# recorded runs in every way of tests/unit/cli/test_properties.c.
DRAWN ?= 200
SEED ?= 0
.PHONY: properties
properties: build/$(CC)-$(VARIANT)/fgdiag-fast build/$(CC)-$(VARIANT)/fgt-emu build/$(CC)-$(VARIANT)/unit/cli/test_properties \
		build/$(CC)-$(VARIANT)/unit/cli/test_redact_casts
	$(Q)rm -rf build/drawn && mkdir -p build/drawn
	$(Q)FGDIAG_CLOCK_SPEED=20 $(PYTHON) -B tests/e2e/random_worlds.py --fgdiag $< --emu $(word 2,$^) --speed 20 -j 8 \
		--seed $(SEED) --count $(DRAWN) --record build/drawn
	$(Q)FGDIAG_CASTS='build/drawn/*.cast' $(word 3,$^)
	$(Q)FGDIAG_CASTS='build/drawn/*.cast' $(word 4,$^)

# ---- coverage ----------------------------------------------------------------
# `make coverage` runs all tests on programs that count, `make coverage-unit`
# the unit tests alone. Both print lines a layer, then the branches of what
# decides: the command table, the checks of values, the host key, the secrets;
# and of the judge. `make coverage-deciding` runs the unit tests of the first
# group only, which take every branch of it by themselves. A branch that is not
# taken is a failure.

COVERAGE_LINES := 90
DECIDING := src/plan/(command|filter_grammar|host_command|slot|placeholder)|src/base/(num|ip)|\
src/link/(known_hosts|secret|ssh_hostkey)|src/cli/device
DECIDING_BRANCHES := 100
DECIDING_TESTS := base/test_ip base/test_num plan/test_command plan/test_filter plan/test_host_command plan/test_slot \
	link/test_known_hosts link/test_known_hosts_calls link/test_secret link/test_secret_calls link/test_hostkey \
	cli/test_options cli/test_device
JUDGING := src/judge/.*
JUDGING_BRANCHES := 96
GCOVR = gcovr --root . --object-directory build/gcc-cov/obj --gcov-executable gcov --exclude-unreachable-branches \
	--gcov-ignore-parse-errors

# $(call branches,FILES,PERCENT): prints them, and fails below that.
branches = $(Q)gcovr --root . -a build/gcc-cov/coverage.json --branches --filter '($(subst $() ,,$(1)))\.c' \
	--fail-under-branch $(2)

.PHONY: coverage coverage-unit coverage-clear coverage-report coverage-deciding
coverage-clear:
	$(Q)find build/gcc-cov -name '*.gcda' -delete 2>/dev/null || true
coverage coverage-unit: | coverage-clear
	$(Q)sh tests/support/setup.sh $(COVERAGE_PACKAGES)
	$(Q)GCOV_ERROR_FILE=$(CURDIR)/build/gcc-cov/errors \
		$(MAKE) --no-print-directory unit-gcc-cov $(if $(filter coverage,$@),golden-gcc-cov e2e-gcc-cov)
	$(Q)$(MAKE) --no-print-directory coverage-report $(if $(filter coverage,$@),COVERAGE_FAIL=$(COVERAGE_LINES))
coverage-report:
	$(Q)$(GCOVR) --json build/gcc-cov/coverage.json build/gcc-cov/obj
	$(Q)for layer in $(LAYERS); do printf '%-8s' $$layer; gcovr --root . -a build/gcc-cov/coverage.json \
		--filter "src/$$layer/" --print-summary -o build/gcc-cov/summary.txt | grep '^lines'; done
	$(call branches,$(DECIDING),$(DECIDING_BRANCHES))
	$(call branches,$(JUDGING),$(JUDGING_BRANCHES))
	$(Q)gcovr --root . -a build/gcc-cov/coverage.json --filter src/ --print-summary -o build/gcc-cov/summary.txt \
		$(if $(COVERAGE_FAIL),--fail-under-line $(COVERAGE_FAIL))

coverage-deciding: $(addprefix build/gcc-cov/unit/,$(DECIDING_TESTS)) | coverage-clear
	$(Q)sh tests/support/setup.sh $(COVERAGE_PACKAGES)
	$(Q)set -e; for t in $^; do echo "  RUN   $$t"; $$t > $$t.log 2>&1 || { cat $$t.log; exit 1; }; done
	$(Q)$(GCOVR) --filter '($(subst $() ,,$(DECIDING)))\.c' --json build/gcc-cov/coverage.json build/gcc-cov/obj
	$(call branches,$(DECIDING),$(DECIDING_BRANCHES))

# Every (call, error, place), and every line of the device's log besides random moments.
.PHONY: host-faults
host-faults: build/$(CC)-$(VARIANT)/fgdiag-failing build/$(CC)-$(VARIANT)/fgt-emu build/$(CC)-$(VARIANT)/fgdiag-fast
	$(Q)$(PYTHON) -B tests/e2e/test_calls.py --fgdiag $< --emu $(word 2,$^) --all
	$(Q)FGDIAG_CLOCK_SPEED=50 $(PYTHON) -B tests/e2e/test_check.py --fgdiag $(word 3,$^) --failing $< --emu $(word 2,$^) \
		--speed 50 --all Calls
	$(Q)$(PYTHON) -B tests/e2e/test_signals.py --fgdiag $(word 3,$^) --emu $(word 2,$^) --runs 400

# Time over input size, of each reader of untrusted text; `make linear` takes 16 MiB.
build/$(CC)-$(VARIANT)/linear: tests/linear/linear.c $(foreach l,$(CORE),build/$(CC)-$(VARIANT)/lib/$(l).a)
	$(call say,LD,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $($(VARIANT)_FLAGS) $(BASE_LDFLAGS) $($(VARIANT)_LINK) $< \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(core_LIBS) -o $@

.PHONY: linear linear-check
linear: build/$(CC)-$(VARIANT)/linear
	$(Q)$< 16384
linear-check: build/$(CC)-$(VARIANT)/linear
	$(Q)$< 1024

# ---- fuzz --------------------------------------------------------------------
# `make fuzz` lets each target look for new inputs for FUZZ_SECONDS;
# `make check` replays the inputs in the tree under the sanitizers.

FUZZ_SECONDS ?= 60
FUZZ := $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
# $(1) folder, $(2) build, $(3) compiler, $(4) variant, $(5) further source. A
# target may replace what an archive holds: the first definition counts.
define fuzz_rule
build/$(1)/%: tests/fuzz/fuzz_%.c $(5) $(wildcard tests/fuzz/*.h) $(foreach l,$(LAYERS),build/$(2)/lib/$(l).a) | $(SETUP)
	@mkdir -p $$(@D)
	$$(call say,FUZZ,$$<)
	$$(Q)$(3) $$(BASE_CFLAGS) $$($(4)_FLAGS) -iquote tests/fuzz -iquote tests/support -iquote tests/unit $$< $(5) $$(BASE_LDFLAGS) $$($(4)_LINK) \
		-Wl,-z,muldefs -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(all_LIBS) -o $$@
endef
$(eval $(call fuzz_rule,fuzz,clang-fuzz,clang,fuzz,))
$(eval $(call fuzz_rule,replay,$(CC)-san,$(CC),san,tests/fuzz/replay_main.c))
$(eval $(call fuzz_rule,cover,clang-cover,clang,cover,tests/fuzz/replay_main.c))

.PHONY: fuzz fuzz-replay fuzz-short
fuzz: $(addprefix build/fuzz/,$(FUZZ))
	$(Q)set -e; for t in $(FUZZ); do echo "  FUZZ  $$t"; mkdir -p build/fuzz/new/$$t; \
		build/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -dict=tests/fuzz/fortios.dict -artifact_prefix=build/fuzz/ \
		-verbosity=0 build/fuzz/new/$$t tests/fuzz/corpus/$$t; done
# The same search in each check: a number of inputs from a fixed seed.
FUZZ_SHORT_RUNS := 4000
FUZZ_SHORT_SECONDS := 4
fuzz-short: $(addprefix build/fuzz/,$(FUZZ))
	$(Q)set -e; rm -rf build/fuzz/short; for t in $(FUZZ); do mkdir -p build/fuzz/short/$$t; \
		build/fuzz/$$t -seed=1 -runs=$(FUZZ_SHORT_RUNS) -max_total_time=$(FUZZ_SHORT_SECONDS) \
		-dict=tests/fuzz/fortios.dict -artifact_prefix=build/fuzz/ -verbosity=0 -print_final_stats=1 \
		build/fuzz/short/$$t tests/fuzz/corpus/$$t 2> build/fuzz/short/$$t.log || { cat build/fuzz/short/$$t.log; exit 1; }; \
		awk -v t=$$t '/executed_units/ { print "fuzz: " t ": " $$2 " inputs" }' build/fuzz/short/$$t.log; done
fuzz-replay: $(addprefix build/replay/,$(FUZZ))
	$(Q)set -e; for t in $(FUZZ); do build/replay/$$t tests/fuzz/corpus/$$t; done

# Lines of the parsers that the inputs in the tree reach; needs llvm-cov.
.PHONY: fuzz-coverage
fuzz-coverage: $(addprefix build/cover/,$(FUZZ))
	$(Q)sh tests/support/setup.sh $(CHECK_PACKAGES) llvm
	$(Q)sh tests/support/fuzz_coverage.sh $(FUZZ)

# ---- lint --------------------------------------------------------------------

OWN_C = $(sort $(wildcard src/*/*.c include/*.h tests/unit/*/*.[ch] tests/emu/*.[ch] tests/support/*.[ch] tests/fuzz/*.[ch] tests/linear/*.c))

# doc/fgdiag-report.5 has the members of doc/report.schema.json; `make lint` compares them.
.PHONY: manuals
manuals:
	$(Q)$(PYTHON) -B tests/support/report_manual.py doc/report.schema.json > doc/fgdiag-report.5

# doc/examples is what this fgdiag prints; `make check-examples` compares.
.PHONY: examples check-examples
examples: build/$(CC)-$(VARIANT)/fgdiag
	$(Q)sh tests/support/examples.sh $< doc/examples
check-examples: build/$(CC)-$(VARIANT)/fgdiag
	$(Q)rm -rf build/examples && sh tests/support/examples.sh $< build/examples
	$(Q)diff -r --exclude=README.md build/examples doc/examples

.PHONY: lint lint-format lint-layers lint-symbols lint-tidy lint-cppcheck lint-analyzer lint-docs lint-playbooks
lint: lint-format lint-layers lint-symbols lint-cppcheck lint-analyzer lint-tidy lint-docs lint-playbooks
lint-format: | $(SETUP)
	$(Q)clang-format --dry-run -Werror $(OWN_C)
lint-layers:
	$(Q)awk -f tests/support/layers.awk tests/support/layers.txt $(sort $(wildcard src/*/*.c include/*.h))
lint-symbols: $(foreach l,$(CORE),build/$(CC)-$(VARIANT)/lib/$(l).a)
	$(Q)sh tests/support/symbols.sh $^
lint-cppcheck: | $(SETUP)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
		--suppressions-list=tests/support/cppcheck.txt -I include -DFGDIAG_VERSION='"0"' src
lint-tidy: build/lint/compile_flags.txt | $(SETUP)
	$(Q)printf '%s\n' $(sort $(wildcard src/*/*.c)) | xargs -P 2 -n 8 clang-tidy -p build/lint --quiet \
		--warnings-as-errors='*' 2>/dev/null
lint-analyzer: | $(SETUP)
	$(Q)printf '%s\0' $(sort $(wildcard src/*/*.c)) | \
		xargs -0 -P 2 -n 1 gcc $(BASE_CFLAGS) -O1 -fanalyzer -Werror -c -o /dev/null
build/lint/compile_flags.txt: Makefile
	@mkdir -p $(@D)
	$(Q)printf '%s\n' -std=gnu17 -D_GNU_SOURCE '-DFGDIAG_VERSION="$(VERSION)"' -iquote $(CURDIR)/include $(WARN) > $@
lint-docs: | $(SETUP)
	$(Q)mandoc -Tlint -Wwarning $(MANUALS)
	$(Q)$(PYTHON) -B tests/support/report_manual.py doc/report.schema.json | diff - doc/fgdiag-report.5
	$(Q)$(PYTHON) -B tests/support/man_options.py doc/fgdiag.1 src/cli/option_table.c
lint-playbooks: build/$(CC)-$(VARIANT)/fgdiag
	$(Q)$< playbook lint $(basename $(notdir $(PLAYBOOKS)))

# ---- demo, bench -------------------------------------------------------------

.PHONY: demo bench
demo: build/$(CC)-$(VARIANT)/fgdiag build/$(CC)-$(VARIANT)/fgt-emu
	$(Q)sh tests/support/demo.sh build/$(CC)-$(VARIANT)
bench: build/$(CC)-$(VARIANT)/fgdiag-fast build/$(CC)-$(VARIANT)/fgt-emu build/$(CC)-$(VARIANT)/fgdiag build/bench/ssh_floor
	$(Q)$(PYTHON) -B tests/bench/run_bench.py --fgdiag $< --emu $(word 2,$^)
	$(Q)$(PYTHON) -B tests/bench/pcap_bench.py --fgdiag $(word 3,$^)
	$(Q)$(PYTHON) -B tests/bench/read_bench.py --fgdiag $(word 3,$^)
	$(Q)$(PYTHON) -B tests/bench/scan_bench.py --fgdiag $(word 3,$^)
	$(Q)$(PYTHON) -B tests/bench/fleet_bench.py --fgdiag $(word 3,$^) --emu $(word 2,$^) --floor build/bench/ssh_floor \
		$(if $(PLOT),--plot doc/fleet.svg)
# Instructions that fixed work takes, against tests/bench/baseline.
.PHONY: bench-instructions bench-baseline
bench-instructions: build/gcc-release/fgdiag
	$(Q)$(PYTHON) -B tests/bench/instructions.py --fgdiag $<
bench-baseline: build/gcc-release/fgdiag
	$(Q)$(PYTHON) -B tests/bench/instructions.py --fgdiag $< --write
build/bench/ssh_floor: tests/bench/ssh_floor.c | $(SETUP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) -O2 $< $(all_LIBS) -o $@

# ---- install -----------------------------------------------------------------

# Where the shells look, below share/. Debian's zsh looks in vendor-completions.
ZSH_COMPLETIONS ?= zsh/site-functions
COMPLETIONS = bash-completion/completions/fgdiag $(ZSH_COMPLETIONS)/_fgdiag fish/vendor_completions.d/fgdiag.fish
UNITS ?= $(PREFIX)/lib/systemd/system
EXAMPLES := icinga2/fgdiag.conf prometheus/fgdiag.rules.yml rsyslog/fgdiag.conf
SHARE = $(DESTDIR)$(PREFIX)/share
# The shipped files name the program where Debian has it.
HERE = sed -e 's,/usr/bin/fgdiag,$(PREFIX)/bin/fgdiag,g' -e 's,/usr/libexec/fgdiag,$(PREFIX)/libexec/fgdiag,g'

build/completion/%: build/$(CC)-$(VARIANT)/fgdiag
	@mkdir -p $(@D)
	$(Q)$< completion $* > $@.part && mv $@.part $@

.PHONY: install uninstall
install: all $(addprefix build/completion/,bash zsh fish)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/fgdiag $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/fgdiag \
		$(SHARE)/doc/fgdiag/examples $(DESTDIR)$(UNITS) $(foreach c,$(COMPLETIONS),$(SHARE)/$(dir $(c)))
	install -m 755 build/$(CC)-$(VARIANT)/fgdiag $(DESTDIR)$(PREFIX)/bin/fgdiag
	install -m 644 $(filter %.1,$(MANUALS)) $(SHARE)/man/man1
	install -m 644 $(filter %.5,$(MANUALS)) $(SHARE)/man/man5
	install -m 644 $(wildcard doc/*.schema.json) $(PLAYBOOKS) $(SHARE)/fgdiag
	install -m 644 build/completion/bash $(SHARE)/$(word 1,$(COMPLETIONS))
	install -m 644 build/completion/zsh $(SHARE)/$(word 2,$(COMPLETIONS))
	install -m 644 build/completion/fish $(SHARE)/$(word 3,$(COMPLETIONS))
	set -e; for f in $(EXAMPLES); do $(HERE) dist/$$f | \
		install -m 644 /dev/stdin $(SHARE)/doc/fgdiag/examples/$$(dirname $$f)-$$(basename $$f); done
	set -e; for f in $(notdir $(wildcard dist/systemd/*)); do $(HERE) dist/systemd/$$f | \
		install -m 644 /dev/stdin $(DESTDIR)$(UNITS)/$$f; done
	$(HERE) dist/rsyslog/fgdiag-ipconn | install -m 755 /dev/stdin $(DESTDIR)$(PREFIX)/libexec/fgdiag/fgdiag-ipconn
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/fgdiag $(addprefix $(SHARE)/man/man1/,$(filter %.1,$(notdir $(MANUALS)))) \
		$(addprefix $(SHARE)/man/man5/,$(filter %.5,$(notdir $(MANUALS)))) $(addprefix $(SHARE)/,$(COMPLETIONS)) \
		$(addprefix $(DESTDIR)$(UNITS)/,$(notdir $(wildcard dist/systemd/*)))
	rm -rf $(SHARE)/fgdiag $(SHARE)/doc/fgdiag $(DESTDIR)$(PREFIX)/libexec/fgdiag

# ---- packages ----------------------------------------------------------------
# `make dist` packs what git tracks, or all of an unpacked tarball; the same tree
# gives the same bytes. With compile_flags.txt at its top, clang's tools and
# others that read it know how each file is compiled. `make deb` builds a Debian package from that tarball.

TARBALL := build/dist/fgdiag-$(VERSION).tar.gz
DEB_FOLDER := build/deb/fgdiag-$(VERSION)
# The last change of the package's changelog, so that no build has a date of its own.
EPOCH = $(shell date -u -d "$$(sed -n 's/^ -- .*>  //p' dist/debian/changelog | head -n 1)" +%s)

# The unit tests run in the package's build for check-packages alone.
DEB_BUILD_OPTIONS ?= nocheck parallel=2

.PHONY: dist deb check-packages setup-packages
dist:
	@mkdir -p build/dist
	$(Q)if [ -e .git ]; then git ls-files; else find . -path ./build -prune -o -path ./compile_flags.txt -o -type f -printf '%P\n'; fi | LC_ALL=C sort > build/dist/files
	$(Q)printf '%s\n' -std=gnu17 -D_GNU_SOURCE '-DFGDIAG_VERSION="$(VERSION)"' -iquote include $(WARN) > build/dist/compile_flags.txt
	$(Q)tar --create --verbatim-files-from --files-from=build/dist/files --transform='s,^,fgdiag-$(VERSION)/,' --format=ustar --mtime=@$(EPOCH) \
		--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--file=build/dist/tar --directory=build/dist compile_flags.txt
	$(Q)gzip -9nc build/dist/tar > $(TARBALL) && rm build/dist/tar
	@echo "$(TARBALL)"
deb: setup-packages dist
	$(Q)rm -rf build/deb && mkdir -p build/deb
	$(Q)tar -xzf $(TARBALL) -C build/deb && cp -R dist/debian $(DEB_FOLDER)/debian
	$(Q)cp $(TARBALL) build/deb/fgdiag_$(VERSION).orig.tar.gz
	$(Q)cd $(DEB_FOLDER) && env -u MAKEFLAGS -u MAKELEVEL DEB_BUILD_OPTIONS='$(DEB_BUILD_OPTIONS)' dpkg-buildpackage -us -uc > ../build.log 2>&1 || \
		{ tail -n 40 ../build.log; exit 1; }
	@ls build/deb/*.deb
setup-packages:
	@NO_DAEMONS=1 sh tests/support/setup.sh $(PACKAGING_PACKAGES)
check-packages:
	$(Q)$(MAKE) --no-print-directory deb DEB_BUILD_OPTIONS=parallel=2
	$(Q)sh tests/integration/test_packages.sh $(VERSION) "$(BUILD_PACKAGES)"

.PHONY: clean
clean:
	rm -rf build
