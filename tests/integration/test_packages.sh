#!/bin/sh
# The Debian package of `make deb`: lintian, what is in it, installed and purged;
# the tarball of `make dist` gives the same bytes again. The package's build ran
# the unit tests in the unpacked tarball, which has no .git.
#
# test_packages.sh VERSION BUILD_PACKAGES; the installation needs root, and dpkg's database.
set -eu
version=$1
needed=$2
deb=$(echo build/deb/fgdiag_"$version"-*.deb)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "packages: $1" >&2
	exit 1
}

grep -q "^fgdiag ($version-" dist/debian/changelog || fail "dist/debian/changelog has another version than the Makefile, $version"
for package in $needed; do
	case $package in
	gcc | libc6-dev | pkgconf) ;; # build-essential's, or another name
	*) grep -Eq "^ $package( |,)" dist/debian/control || fail "dist/debian/control does not build-depend on $package" ;;
	esac
done
lintian --fail-on error,warning build/deb/*.changes 2> /dev/null || fail "lintian has found something"

sum=$(sha256sum < "build/dist/fgdiag-$version.tar.gz")
touch README.md
make --no-print-directory dist > /dev/null
[ "$sum" = "$(sha256sum < "build/dist/fgdiag-$version.tar.gz")" ] || fail "the same tree gave another tarball"
# An unpacked tarball packs itself again, byte for byte.
tar -xzf "build/dist/fgdiag-$version.tar.gz" -C "$work"
make --no-print-directory -C "$work/fgdiag-$version" dist > /dev/null
[ "$sum" = "$(sha256sum < "$work/fgdiag-$version/build/dist/fgdiag-$version.tar.gz")" ] || fail "unpacked and packed again it is another tarball"

if [ "$(id -u)" != 0 ]; then
	echo "skip: not root, so the package was not installed"
	exit 0
fi
if dpkg-query -W fgdiag > /dev/null 2>&1; then
	echo "skip: this machine has a package fgdiag already, so it was not installed"
	exit 0
fi
ours() {
	find /etc /var/lib /var/spool /run /lib/systemd /usr/bin /usr/libexec /usr/share -name '*fgdiag*' 2> /dev/null | sort
}
ours > "$work/before"
dpkg -i "$deb" > "$work/log" 2>&1 || { cat "$work/log"; dpkg --purge fgdiag; fail "it cannot be installed"; }
check() {
	/usr/bin/fgdiag --version | grep -q "^fgdiag $version$" || return 1
	status=0
	(cd / && /usr/bin/fgdiag judge "$OLDPWD/tests/golden/late-dns.cast") > "$work/report" || status=$?
	[ "$status" = "$(cat tests/golden/late-dns.status)" ] && cmp -s "$work/report" tests/golden/late-dns.text || return 1
	# Programs in the package name each other where they are.
	! grep -n '/usr/local' /lib/systemd/system/fgdiag-check@.service /usr/libexec/fgdiag/fgdiag-ipconn || return 1
	bash -n /usr/share/bash-completion/completions/fgdiag || return 1
	# Nothing runs, and nothing will at the next boot.
	! find /etc/systemd -name '*fgdiag*' 2> /dev/null | grep . || return 1
}
trouble=
check || trouble="the installed program does not do what it should"
mkdir -p /var/lib/private/fgdiag/fw1
dpkg --purge fgdiag > "$work/log" 2>&1 || { cat "$work/log"; fail "it cannot be purged"; }
[ -z "$trouble" ] || fail "$trouble"
ours > "$work/after"
cmp -s "$work/before" "$work/after" || fail "left behind: $(diff "$work/before" "$work/after")"
echo "packages: built, without finding of lintian, installed, tried and purged"
