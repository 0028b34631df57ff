#!/bin/sh
# Installs the packages named on the command line that are missing: prints them
# first, then asks apt, as root or through sudo. On other systems it names them
# and stops.
set -eu

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
	if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists libssh libpcre2-8 yaml-0.1 jansson libcrypt libzip libcrypto; then
		exit 0
	fi
	echo "This is not a Debian system. Install what these Debian packages hold, then run make again:" >&2
	echo "  $*" >&2
	exit 1
fi

missing=
for package in "$@"; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing missing packages:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Neither root nor sudo: please install them, then run make again." >&2
		exit 1
	fi
	as_root=sudo
fi
# A package's daemon is not wanted to run: tests start what they need. Where the
# machine has a policy of its own, that stands.
policy=/usr/sbin/policy-rc.d
if [ -n "${NO_DAEMONS:-}" ] && [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
	$as_root chmod 755 "$policy"
	trap '$as_root rm -f "$policy"' EXIT
fi
install() {
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >/dev/null
}
# The package lists of a machine may be missing or old.
install 2>/dev/null || { $as_root apt-get update -qq && install; }
