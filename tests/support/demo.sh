#!/bin/sh
# Starts the emulator on loopback with the world of the article's DNS entry and
# diagnoses that entry against it.
set -eu
build=$1
world=tests/emu/worlds/late-dns.yaml
work=$(mktemp -d)
emu=
clean() {
	[ -z "$emu" ] || kill "$emu" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 3' INT TERM

"$build/fgt-emu" --world "$world" --log "$work/log" > "$work/ready" &
emu=$!
tries=0
until grep -q '^ready ' "$work/ready"; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] && kill -0 "$emu" 2>/dev/null || { echo "the emulator did not start" >&2; exit 3; }
	sleep 0.1
done
value() { sed -n "s/^ready .*$1=\([^ ]*\).*/\1/p" "$work/ready"; }
port=$(value port)
umask 077
value password > "$work/password"

# The article's entry, as if it had been logged a minute ago.
when=$(date -u -d '1 minute ago' '+%s')
entry="date=$(date -u -d "@$when" '+%Y-%m-%d') time=$(date -u -d "@$when" '+%H:%M:%S') eventtime=${when}003787879 tz=\"+0000\" \
logid=\"0000000011\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"PROD\" srcip=192.168.5.4 srcport=12345 \
srcintf=\"internal\" srcintfrole=\"undefined\" dstip=8.8.4.4 dstport=53 dstintf=\"npu0_vlink1\" dstintfrole=\"undefined\" \
sessionid=6250861 proto=17 action=\"ip-conn\" policyid=20 policytype=\"policy\" policyname=\"dns\" service=\"DNS\" \
appcat=\"unscanned\" crscore=5 craction=262144 crlevel=\"low\""

echo "The log entry:"
echo "  $entry" | fold -s -w 100
echo
echo "fgdiag diagnose -d $(value user)@127.0.0.1:$port --host-key … --password-file … ENTRY"
echo
status=0
"$build/fgdiag" diagnose -v -d "$(value user)@127.0.0.1:$port" --host-key "$(value fingerprint)" \
	--password-file "$work/password" "$entry" || status=$?
echo
echo "Exit status: $status. The emulator saw these commands and nothing else:"
sed -n 's/^.*COMMAND /  /p' "$work/log"
# A verdict is the demo's success, whatever it says.
[ "$status" -le 2 ]
