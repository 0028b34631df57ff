#include <getopt.h>
#include <libssh/libssh.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "die.h"
#include "event_log.h"
#include "server.h"
#include "state.h"
#include "world.h"

/* fgt-emu: a FortiGate's command line over SSH, on loopback, in a world that a
 * YAML file describes. For tests only. */

struct arguments {
	const char *world, *log, *host_key;
	unsigned port;
	size_t devices;
	double speed;
	bool expect;
};

static void usage(FILE *out)
{
	fputs("fgt-emu --world FILE [--port N] [--speed N] [--log FILE] [--host-key FILE] [--devices N]\n"
	      "    --devices: so many like it, on 127.0.0.1 and the addresses after it\n"
	      "fgt-emu --world FILE --expect      print entry, expect and arguments as JSON\n",
	      out);
}

static double read_number(const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);
	if (end == text || *end || value < min || value > max)
		die("'%s' is not a number from %g to %g", text, min, max);
	return value;
}

static struct arguments read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {
	        {"world", required_argument, NULL, 'w'},
	        {"port", required_argument, NULL, 'p'},
	        {"speed", required_argument, NULL, 's'},
	        {"log", required_argument, NULL, 'l'},
	        {"host-key", required_argument, NULL, 'k'},
	        {"expect", no_argument, NULL, 'e'},
	        {"help", no_argument, NULL, 'h'},
	        {"devices", required_argument, NULL, 'd'},
	        {0},
	};
	struct arguments arguments = {.speed = 1, .devices = 1};
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		switch (c) {
		case 'w':
			arguments.world = optarg;
			break;
		case 'p':
			arguments.port = (unsigned)read_number(optarg, 0, 65535);
			break;
		case 's':
			arguments.speed = read_number(optarg, 0.01, 10000);
			break;
		case 'l':
			arguments.log = optarg;
			break;
		case 'k':
			arguments.host_key = optarg;
			break;
		case 'd':
			arguments.devices = (size_t)read_number(optarg, 1, 60000);
			break;
		case 'e':
			arguments.expect = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (!arguments.world || optind != argc) {
		usage(stderr);
		exit(2);
	}
	return arguments;
}

static void print_expect(struct world *world)
{
	static const char *const keys[] = {"entry", "expect", "arguments", "host"};
	putchar('{');
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct node *node = node_get(world->tree, keys[i]);
		printf("%s\"%s\": ", i ? ", " : "", keys[i]);
		if (node)
			node_json(node, stdout);
		else
			fputs("null", stdout);
	}
	puts("}");
}

/* Before any thread is there, so that all of them leave these signals alone. */
static int stop_descriptor(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		die("sigprocmask");
	(void)signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

int main(int argc, char **argv)
{
	struct arguments arguments = read_arguments(argc, argv);
	struct world *world = world_load(arguments.world);
	struct server server;
	if (arguments.expect) {
		print_expect(world);
		world_free(world);
		return 0;
	}
	int stop_fd = stop_descriptor();
	if (ssh_init() != SSH_OK)
		die("libssh does not start");
	if (arguments.log)
		event_log_open(arguments.log);
	state_init(arguments.devices);
	world_clock_start(arguments.speed);
	server_open(&server, world, arguments.speed, arguments.port, arguments.host_key, arguments.devices);
	printf("ready port=%u fingerprint=%s user=%s password=%s\n", server.port, server.fingerprint, world->login.user,
	       world->login.password);
	fflush(stdout);
	if (!server_run(&server, stop_fd))
		_exit(0);
	server_close(&server);
	close(stop_fd);
	state_free();
	event_log_close();
	world_free(world);
	ssh_finalize();
	return 0;
}
