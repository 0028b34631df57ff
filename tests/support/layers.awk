# Refuses includes that go upwards. Input: layers.txt (number, folder, headers
# without a source file of their name), then source files and headers.
FILENAME ~ /layers\.txt$/ {
	level[$2] = $1
	for (i = 3; i <= NF; i++)
		header[$i] = $1
	next
}
!mapped {
	mapped = 1
	for (i = 1; i < ARGC; i++) {
		if (split(ARGV[i], part, "/") == 3 && part[2] in level) {
			sub(/\.c$/, "", part[3])
			header[part[3]] = level[part[2]]
		}
	}
}
FNR == 1 {
	own = -1
	if (match(FILENAME, /^src\/[a-z]+\//)) {
		split(FILENAME, part, "/")
		own = part[2] in level ? level[part[2]] : -1
	} else {
		name = FILENAME
		sub(/^include\//, "", name)
		sub(/\.h$/, "", name)
		own = name in header ? header[name] : -1
	}
	if (own < 0) {
		print FILENAME ": in no layer; add it to tests/support/layers.txt"
		bad = 1
	}
}
/^#include "/ {
	name = $2
	gsub(/"/, "", name)
	sub(/\.h$/, "", name)
	if (!(name in header)) {
		print FILENAME ":" FNR ": includes " name ".h, which is in no layer"
		bad = 1
	} else if (header[name] > own) {
		print FILENAME ":" FNR ": a layer " own " file includes " name ".h of layer " header[name]
		bad = 1
	}
}
END { exit bad }
