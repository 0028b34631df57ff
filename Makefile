# fgdiag: one Makefile, no recursion. `make`, `make check`, `make demo`,
# `make install`, `make lint`, `make bench`; VARIANT=debug|release|san, CC=gcc|clang.

VERSION := 0.1.0
VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= python3

ifeq ($(filter $(VARIANT),release debug san),)
$(error VARIANT is release, debug or san, not '$(VARIANT)')
endif

CC_NAME := $(notdir $(firstword $(CC)))
B := build/$(CC_NAME)-$(VARIANT)

# Lower layers first: a file includes headers of its own layer or a lower one.
LAYERS := base entry model plan dialog read judge report link run cli
CORE_LAYERS := base entry model plan dialog read judge report

PACKAGES := libssh libpcre2-8 yaml-0.1 jansson
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
	-Wold-style-definition
ifneq ($(WERROR),)
WARN += -Werror
endif

release_FLAGS := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
debug_FLAGS := -O0 -g3
san_FLAGS := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
san_LINK := -fsanitize=address,undefined

ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DFGDIAG_VERSION='"$(VERSION)"' -fPIE $(WARN) -iquote include \
	$($(VARIANT)_FLAGS) $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $($(VARIANT)_LINK) $(LDFLAGS)
core_LIBS = $(shell pkg-config --libs libpcre2-8 yaml-0.1 jansson) -lm
all_LIBS = $(shell pkg-config --libs libssh) $(core_LIBS)

Q := $(if $(V),,@)

.PHONY: all
all: $(B)/fgdiag

# ---- objects and one archive per layer -----------------------------------

define layer
$(1)_SRC := $$(sort $$(wildcard src/$(1)/*.c))
$(1)_OBJ := $$(patsubst src/%.c,$(B)/obj/%.o,$$($(1)_SRC))
$(B)/lib/$(1).a: $$($(1)_OBJ)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Link order: upper layers first.
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
archives = $(foreach l,$(call reverse,$(1)),$(B)/lib/$(l).a)

$(B)/fgdiag: $(call archives,$(LAYERS))
	$(if $(V),,@echo "  LD   $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--start-group $^ -Wl,--end-group $(all_LIBS) -o $@

# ---- unit tests: tests/unit/<layer>/test_*.c, linked with that layer and below --

below = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call below,$(1),$(wordlist 2,$(words $(2)),$(2))))
unit_SRC := $(sort $(wildcard tests/unit/*/test_*.c))
unit_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(unit_SRC))

define unit
$(B)/unit/$(1)/%: tests/unit/$(1)/%.c $(foreach l,$(call below,$(1),$(LAYERS)),$(B)/lib/$(l).a)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  TEST $$<")
	$$(Q)$$(CC) $$(ALL_CFLAGS) -iquote tests/unit -MMD -MP -MF $$@.d $$(ALL_LDFLAGS) $$< \
		-Wl,--start-group $(call archives,$(call below,$(1),$(LAYERS))) -Wl,--end-group \
		$$(shell pkg-config --libs cmocka) $(if $(filter $(1),$(CORE_LAYERS)),$$(core_LIBS),$$(all_LIBS)) -o $$@
endef
$(foreach l,$(LAYERS),$(eval $(call unit,$(l))))

.PHONY: unit
unit: $(unit_BIN)
	$(Q)set -e; for t in $(unit_BIN); do echo "  RUN  $$t"; $$t; done

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
