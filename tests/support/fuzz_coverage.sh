#!/bin/sh
# Lines of the parsers that the inputs in the tree reach.
# usage: fuzz_coverage.sh TARGET... (programs in build/cover, inputs in tests/fuzz/corpus)
set -eu
llvm=$(ls -d /usr/lib/llvm-*/bin | sort -V | tail -n 1)
work=build/cover/profiles
rm -rf "$work" && mkdir -p "$work"
objects=
for target in "$@"; do
	LLVM_PROFILE_FILE="$work/$target.profraw" "build/cover/$target" "tests/fuzz/corpus/$target" > "$work/$target.log"
	objects="$objects -object build/cover/$target"
done
"$llvm/llvm-profdata" merge -sparse "$work"/*.profraw -o "$work/all.profdata"
# The first of the programs is named without -object.
# shellcheck disable=SC2086
"$llvm/llvm-cov" report ${objects# -object } -instr-profile="$work/all.profdata" src/entry/*.c src/dialog/*.c src/read/*.c \
	src/model/transcript*.c src/plan/playbook*.c src/plan/yaml_doc.c src/plan/pattern.c src/plan/placeholder.c \
	src/plan/slot.c src/plan/threshold.c 2> "$work/report.log" |
	awk '/\.c / { print $1 ": " $9 " of " $8 " lines not reached" } /^TOTAL/ { print "parsers: " $10 " of " $8 " lines" }'
