#!/bin/sh
# The programs named were built with the protections the Makefile asks for:
# looks for each in the finished file, where a flag that was lost would show.
set -eu
export LC_ALL=C
bad=0

# lacks PROGRAM WORDS
lacks() {
	echo "$1 lacks: $2"
	bad=1
}

for program in "$@"; do
	header=$(readelf -hW "$program")
	segments=$(readelf -lW "$program")
	dynamic=$(readelf -dW "$program")
	symbols=$(readelf -W --dyn-syms "$program")
	echo "$header" | grep -Eq 'Type: +DYN' || lacks "$program" "a position that changes (PIE)"
	echo "$dynamic" | grep -Eq 'FLAGS_1.*PIE' || lacks "$program" "the mark of a program (DF_1_PIE)"
	echo "$dynamic" | grep -Eq 'BIND_NOW|FLAGS_1.*NOW' || lacks "$program" "all symbols bound at the start (BIND_NOW)"
	echo "$segments" | grep -q GNU_RELRO || lacks "$program" "tables that turn read-only (RELRO)"
	echo "$segments" | grep -Eq 'GNU_STACK.* RW ' || lacks "$program" "a stack that holds no code (GNU_STACK RW)"
	echo "$segments" | grep -Eq '^ +LOAD.* R?WE ' && lacks "$program" "segments that are never both written and run"
	echo "$dynamic" | grep -q TEXTREL && lacks "$program" "code without relocations (TEXTREL)"
	echo "$dynamic" | grep -Eq 'RPATH|RUNPATH' && lacks "$program" "the system's library path alone (RPATH, RUNPATH)"
	echo "$symbols" | grep -q __stack_chk_fail || lacks "$program" "stack protector (__stack_chk_fail)"
	echo "$symbols" | grep -Eq '__[a-z]+_chk(@|$)' || lacks "$program" "checked library calls (FORTIFY, *_chk)"
done
exit $bad
