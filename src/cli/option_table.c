#include "option_table.h"

#define ON(command) OPTION_ON(command)
#define AT(field)   offsetof(struct options, field)

const struct option_row option_rows[] = {
        {'d', "device", "[USER@]HOST[:PORT]", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(device), NULL, "the FortiGate to ask"},
        {'l', "user", "USER", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(user), NULL, "log in as USER"},
        {'F', "ssh-config", "FILE|none", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(ssh_config), NULL,
         "OpenSSH configuration to heed"},
        {'i', "identity", "FILE", ON(CMD_DIAGNOSE), OPTION_LIST, AT(identities), NULL,
         "private key to log in with; repeatable"},
        {0, "password-fd", "N", ON(CMD_DIAGNOSE), OPTION_NUMBER, AT(password_fd), NULL,
         "read the password from descriptor N"},
        {0, "password-file", "FILE", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(password_file), NULL,
         "read it from FILE, which only you may read"},
        {0, "known-hosts", "FILE", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(known_hosts), NULL, "known_hosts file to use"},
        {0, "host-key", "SHA256:...", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(host_key), NULL,
         "accept this host key and no other"},
        {0, "accept-new", NULL, ON(CMD_DIAGNOSE), OPTION_FLAG, AT(accept_new), NULL,
         "trust and remember a host not yet known"},
        {0, "legacy-algorithms", NULL, ON(CMD_DIAGNOSE), OPTION_FLAG, AT(legacy_algorithms), NULL,
         "offer SHA-1, CBC and ssh-rsa too"},
        {0, "target", "IP[:PORT]", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(target), NULL,
         "server, in place of the entry's"},
        {0, "proto", "tcp|udp|icmp", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(proto), NULL,
         "protocol, in place of the entry's"},
        {0, "vdom", "NAME", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(vdom), NULL,
         "VDOM, in place of the entry's"},
        {0, "entry", "N", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_NUMBER, AT(entry_number), NULL,
         "the N-th ip-conn entry of the input"},
        {0, "host", "local|none|[USER@]HOST[:PORT]", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(host), NULL,
         "where the client's side is measured; default: here, if the entry's client is this machine"},
        {0, "playbook", "NAME|FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(playbook), NULL,
         "what to ask; default ip-conn"},
        {0, "set", "NAME=VALUE", ON(CMD_DIAGNOSE), OPTION_LIST, AT(sets), NULL,
         "change a playbook's variable; repeatable"},
        {0, "time", "SECONDS", ON(CMD_DIAGNOSE), OPTION_SET, 0, "time", "for the whole run"},
        {0, "wait", "SECONDS", ON(CMD_DIAGNOSE), OPTION_SECONDS, AT(wait_us), NULL,
         "capture that long, 3600 at most, for the client to try again"},
        {0, "ping-count", "N", ON(CMD_DIAGNOSE), OPTION_SET, 0, "ping.count",
         "at most N pings; more than 1000: all N, and the time for them"},
        {0, "df-size", "BYTES", ON(CMD_DIAGNOSE), OPTION_SET, 0, "ping.df_size",
         "five more pings with BYTES of data that may not be split"},
        {0, "packets", "N", ON(CMD_DIAGNOSE), OPTION_SET, 0, "sniffer.packets", "at most N packets from the sniffer"},
        {'f', "format", "text|json|check|markdown", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(format), NULL,
         "form of the report"},
        {'o', "output", "FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE) | ON(CMD_READ) | ON(CMD_PCAP), OPTION_TEXT, AT(output),
         NULL, "write the report or capture to FILE"},
        {0, "record", "FILE", ON(CMD_DIAGNOSE), OPTION_TEXT, AT(record), NULL,
         "save the transcript, for judge and for tickets"},
        {0, "pcap", "FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_TEXT, AT(pcap), NULL,
         "the captured packets' bytes to FILE, for Wireshark"},
        {0, "payload", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE) | ON(CMD_PCAP), OPTION_FLAG, AT(payload), NULL,
         "keep what follows the transport header"},
        {0, "zone", "+HHMM", ON(CMD_PCAP), OPTION_TEXT, AT(zone), NULL, "the device's zone, for local time stamps"},
        {0, "start", "TIME", ON(CMD_PCAP), OPTION_TEXT, AT(start), NULL, "when relative time stamps began"},
        {'n', "dry-run", NULL, ON(CMD_DIAGNOSE), OPTION_FLAG, AT(dry_run), NULL,
         "print what would be sent; send nothing"},
        {'v', "verbose", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_COUNT, AT(verbose), NULL,
         "say each step as it ends"},
        {'q', "quiet", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_FLAG, AT(quiet), NULL, "no progress"},
        {0, "color", "auto|always|never", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), OPTION_COLOR, AT(color), NULL,
         "auto heeds NO_COLOR and terminals"},
        {'h', "help", NULL, 0, OPTION_FLAG, AT(help), NULL, "this text"},
        {'V', "version", NULL, 0, OPTION_FLAG, AT(version), NULL, "version, also of the libraries"},
};

const size_t option_row_count = sizeof option_rows / sizeof option_rows[0];

bool option_is_of(const struct option_row *row, enum command_id command)
{
	return !row->commands || (row->commands & OPTION_ON(command));
}
