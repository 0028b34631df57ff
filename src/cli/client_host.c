#include "client_host.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

/* ---- is the client this machine? ---- */

static struct ip ip_of(const struct sockaddr *address)
{
	struct ip ip = {0};
	if (address && address->sa_family == AF_INET) {
		ip.family = 4;
		memcpy(ip.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else if (address && address->sa_family == AF_INET6) {
		ip.family = 6;
		memcpy(ip.bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	}
	return ip;
}

static bool is_ours(const struct ip *client)
{
	struct ifaddrs *all;
	bool found = false;
	if (!client->family || getifaddrs(&all) != 0)
		return false;
	for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next) {
		struct ip ip = ip_of(one->ifa_addr);
		found = ip.family && ip_equal(&ip, client);
	}
	freeifaddrs(all);
	return found;
}

const char *client_host_name(const struct options *options, const struct ip *client)
{
	if (!options->host)
		return is_ours(client) ? "local" : NULL;
	return strcmp(options->host, "none") == 0 ? NULL : options->host;
}

/* ---- a machine of SSH ---- */

/* The device's password is nobody else's business, nor is its host key's pin. */
static struct options own_options(const struct options *device, const char *name)
{
	struct options own = *device;
	own.device = name;
	own.user = NULL;
	own.host_key = NULL;
	own.password_fd = -1;
	own.password_file = NULL;
	own.legacy_algorithms = false;
	own.ask_only = true;
	return own;
}

int client_host_parse(struct arena *arena, const struct options *options, const char *name, struct client_host *out,
                      struct err *err)
{
	*out = (struct client_host){.local = strcmp(name, "local") == 0, .options = own_options(options, name)};
	if (out->local)
		return 0;
	if (device_parse(arena, &out->options, &out->machine, err) < 0)
		return err_prefix(err, "--host");
	return 0;
}

struct process *client_host_start(void *arg, const char *const *argv, int64_t now_us)
{
	struct client_host *host = arg;
	return host->local ? process_local(argv) : process_ssh(&host->machine.ssh, &host->machine.login, argv, now_us);
}

void client_host_done(struct client_host *host)
{
	if (!host->local)
		ssh_login_done(&host->machine.login);
}
