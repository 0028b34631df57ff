#!/bin/sh
# The pure layers call no clock, socket, environment, exit or printf: looks for
# these names among what their archives need from outside.
set -eu
banned='^(time|gettimeofday|clock_gettime|clock|socket|connect|poll|select|getenv|secure_getenv|exit|_exit|abort|printf|puts|putchar|fprintf|vprintf|vfprintf|fopen|open|fopen64|open64|read|write|system|popen|fork|execve|setlocale|rand|random|ssh_.*|__printf_chk|__fprintf_chk|__vfprintf_chk)$'
bad=0
for archive in "$@"; do
	found=$(nm -u "$archive" 2>/dev/null | awk '{ print $2 }' | sort -u | grep -E "$banned" || true)
	if [ -n "$found" ]; then
		echo "$archive calls: $(echo "$found" | tr '\n' ' ')"
		bad=1
	fi
done
exit $bad
