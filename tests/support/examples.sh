#!/bin/sh
# The examples of doc/examples, made anew: a recorded run of the emulator in each
# format that fgdiag has, and what else it prints. The same program makes the same
# bytes.
#
# examples.sh FGDIAG FOLDER
set -eu
fgdiag=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
cd "$(dirname "$0")/../golden"

run() { # FILE ARGUMENTS...: a verdict's status is an answer
	file=$1
	shift
	COLUMNS=80 "$fgdiag" "$@" > "$folder/$file" || [ -s "$folder/$file" ] ||
		{ echo "examples: fgdiag $* printed nothing" >&2; exit 1; }
}

# As `fgdiag judge -f` lists them.
formats=$("$fgdiag" judge -f none late-dns.cast 2>&1 | sed -n "s/.*'none' is not //p" | sed 's/,//g; s/ or / /')
[ -n "$formats" ] || { echo "examples: no formats" >&2; exit 1; }
for format in $formats; do
	case $format in
	text) end=txt ;;
	markdown) end=md ;;
	openmetrics) end=prom ;;
	check) end=check.txt ;;
	*) end=$format ;;
	esac
	run "late-dns.$end" judge --color never -f "$format" late-dns.cast
done
run black-hole.txt judge --color never black-hole.cast
run loss-20.txt judge --color never loss-20.cast

entry='date=2026-11-23 time=08:02:00 eventtime=1795420920803742976 tz="+0000" logid="0000000011" type="traffic" subtype="forward" level="warning" vd="PROD" srcip=192.168.5.4 srcport=12345 srcintf="internal" dstip=8.8.4.4 dstport=53 dstintf="npu0_vlink1" sessionid=6250861 proto=17 action="ip-conn" policyid=20 policyname="dns" service="DNS"'
printf '%s\n' "$entry" > "$folder/entry.log"
run explain.txt diagnose --explain --host none "$entry"
run dry-run.txt diagnose --dry-run --host none "$entry"
