#!/bin/sh
# Saved transcripts and pasted logs against what they should give: each NAME.cast
# or NAME.paste beside
# NAME.text, NAME.40.text (at 40 columns), NAME.json, NAME.check, NAME.status and, for
# some, NAME.md.
#   run_golden.sh FGDIAG            compare
#   run_golden.sh FGDIAG --update   write anew, after reading the difference
set -u
fgdiag=$(realpath "$1")
update=${2:-}
folder=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

judge() { # columns format
	(cd "$folder" && COLUMNS=$1 "$fgdiag" judge -f "$2" --color never "${cast##*/}" 2>&1)
}

compare() { # file made
	if [ "$update" = --update ]; then
		cp "$2" "$1"
	elif ! diff -u "$1" "$2"; then
		echo "golden: $1 differs"
		failed=$((failed + 1))
	fi
}

for cast in "$folder"/*.cast "$folder"/*.paste; do
	[ -f "$cast" ] || continue
	name=${cast%.*}
	judge 80 text > "$work/text"
	echo $? > "$work/status"
	judge 40 text > "$work/40.text"
	judge 80 json > "$work/json"
	judge 80 check > "$work/check"
	for kind in text 40.text json check status; do
		compare "$name.$kind" "$work/$kind"
	done
	if [ -f "$name.md" ]; then
		judge 80 markdown > "$work/md"
		compare "$name.md" "$work/md"
	fi
	count=$((count + 1))
done
if [ "$count" = 0 ]; then
	echo "golden: no transcripts in $folder"
	exit 1
fi
# shellcheck disable=SC2086
[ "$update" = --update ] || python3 "$folder/validate.py" "$folder"/*.json || failed=$((failed + 1))
echo "golden: $count transcripts, $failed failures"
[ "$failed" = 0 ]
