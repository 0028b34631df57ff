#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/time.h>

#include "world.h"

/* ---- the good way ---- */

static void logs_in_by_password_and_moves_bytes_both_ways(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.hello = "FGT60E # ";
	plan.banner = "authorised use only\n";
	world_begin(&w, &plan);
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(link_banner(link), "authorised use only\n");
	assert_string_equal(w.login.worked, "password");
	assert_string_equal(w.asked.what, "password for admin@127.0.0.1");
	assert_int_equal(w.asked.count, 1);
	assert_int_equal(w.login.refused, 0);
	assert_int_equal(strncmp(w.login.fingerprint, "SHA256:", 7), 0);
	char text[256];
	(void)read_until(link, text, sizeof text, "# ");
	assert_string_equal(text, "FGT60E # ");
	assert_int_equal(link_write(link, "get system status\n", 18), 18);
	(void)read_until(link, text, sizeof text, "\n");
	assert_string_equal(text, "get system status\n");
	assert_string_equal(w.peer.seen->terminal, "vt100");
	assert_int_equal(w.peer.seen->columns, 512);
	assert_int_equal(w.peer.seen->rows, 10000);
	unsigned local = 0, remote = 0;
	link_ports(link, &local, &remote);
	assert_int_equal(remote, w.peer.port);
	assert_true(local > 0);
	link_close(link);
	assert_int_equal(link_state(link), LINK_DOWN);
	assert_null(link_error(link));
	assert_false(link_eof(link));
	link_free(link);
	world_end(&w);
}

static void close_tells_the_server(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	struct link *link = reach(&w, LINK_UP);
	link_close(link);
	for (unsigned i = 0; i < 100 && !w.peer.seen->closed; i++)
		(void)usleep(10000);
	assert_true(w.peer.seen->closed);
	link_close(link); /* twice is fine */
	link_free(link);
	world_end(&w);
}

static void the_end_of_the_stream_is_no_failure(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	struct link *link = reach(&w, LINK_UP);
	char text[64];
	assert_int_equal(link_write(link, "exit\n", 5), 5);
	(void)read_until(link, text, sizeof text, NULL);
	assert_string_equal(text, "bye\r\n");
	assert_true(link_eof(link));
	assert_int_equal(link_state(link), LINK_DOWN);
	assert_null(link_error(link));
	link_free(link);
	world_end(&w);
}

static void bytes_before_the_end_are_read_before_the_link_is_down(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.flood = 3000000;
	plan.end_after = true;
	world_begin(&w, &plan);
	struct link *link = reach(&w, LINK_UP);
	size_t total = 0;
	char bytes[4096];
	int64_t end = clock_mono_us() + SECONDS(20);
	while (!link_eof(link) && clock_mono_us() < end) {
		link_step(link, clock_mono_us());
		size_t n = link_read(link, bytes, sizeof bytes);
		total += n;
		if (n == 0 && !link_eof(link)) {
			struct pollfd fds[LINK_MAX_POLLFDS];
			(void)poll(fds, link_pollfds(link, fds), 100);
		}
	}
	assert_int_equal(total, 3000000);
	assert_int_equal(link_state(link), LINK_DOWN);
	assert_null(link_error(link));
	link_free(link);
	world_end(&w);
}

static void unread_bytes_wake_the_loop(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.hello = "hello";
	world_begin(&w, &plan);
	struct link *link = reach(&w, LINK_UP);
	int64_t end = clock_mono_us() + SECONDS(5);
	while (link_deadline(link) != 0 && clock_mono_us() < end)
		link_step(link, clock_mono_us());
	assert_true(link_deadline(link) == 0);
	char text[8] = "";
	assert_int_equal(link_read(link, text, 2), 2);
	assert_true(link_deadline(link) == 0);
	assert_int_equal(link_read(link, text, 7), 3);
	assert_true(link_deadline(link) == INT64_MAX);
	link_free(link);
	world_end(&w);
}

static void two_links_ask_once_and_live_side_by_side(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	struct link *a = reach(&w, LINK_UP);
	struct link *b = reach(&w, LINK_UP);
	char text[64];
	assert_int_equal(w.asked.count, 1);
	assert_int_equal(w.peer.seen->connections, 2);
	assert_int_equal(link_write(a, "one\n", 4), 4);
	assert_int_equal(link_write(b, "two\n", 4), 4);
	(void)read_until(b, text, sizeof text, "\n");
	assert_string_equal(text, "two\n");
	link_free(b);
	(void)read_until(a, text, sizeof text, "\n");
	assert_string_equal(text, "one\n");
	link_free(a);
	world_end(&w);
}

static void a_server_without_authentication_asks_nothing(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &(struct peer_plan){.methods = 0});
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 0);
	assert_string_equal(w.login.worked, "none");
	link_free(link);
	world_end(&w);
}

static void a_user_name_goes_out_as_given(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	w.options.user = "DOMAIN\\o'neill";
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(w.peer.seen->user, "DOMAIN\\o'neill");
	link_free(link);
	world_end(&w);
}

static void a_quiet_link_does_not_spin(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	struct link *link = reach(&w, LINK_UP);
	(void)drive(link, LINK_DOWN, 50000);
	assert_true(drive(link, LINK_DOWN, 300000) < 10);
	link_free(link);
	world_end(&w);
}

/* ---- host keys ---- */

static void expect_no_login_message(struct world *w)
{
	(void)usleep(50000);
	assert_int_equal(w->peer.seen->auth, 0);
	assert_int_equal(w->asked.count, 0);
	assert_string_equal(w->login.fingerprint, "");
}

static void an_unknown_host_key_is_refused_before_any_login_message(void **state)
{
	(void)state;
	struct world w;
	world_key(&w, &by_password, NULL);
	expect_failure(&w, ERR_HOST_KEY, "--host-key SHA256:");
	expect_no_login_message(&w);
	expect_failure(&w, ERR_HOST_KEY, "is not known");
	w.options.known_hosts_count = 0;
	w.options.accept_new = true;
	expect_failure(&w, ERR_HOST_KEY, "is not known");
	expect_no_login_message(&w);
	assert_int_equal(access(w.known_hosts, F_OK), -1);
	world_end(&w);
}

static const char other_key[] = "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";

static void a_changed_host_key_is_refused_even_with_accept_new(void **state)
{
	(void)state;
	struct world w;
	char line[256];
	world_key(&w, &by_password, NULL);
	(void)snprintf(line, sizeof line, "# old\n[127.0.0.1]:%u ssh-ed25519 %s\n", w.peer.port, other_key);
	write_file(w.known_hosts, line, 0600);
	w.options.accept_new = true;
	expect_failure(&w, ERR_HOST_KEY, "HAS CHANGED");
	expect_failure(&w, ERR_HOST_KEY, "it shows ssh-ed25519 SHA256:");
	expect_failure(&w, ERR_HOST_KEY, ":2 holds SHA256:");
	expect_failure(&w, ERR_HOST_KEY, "known_hosts:2");
	expect_no_login_message(&w);
	assert_string_equal(read_text(w.known_hosts), line);
	world_end(&w);
}

static void a_revoked_host_key_is_refused(void **state)
{
	(void)state;
	struct world w;
	char good[256], bad[256], text[600];
	world_key(&w, &by_password, NULL);
	peer_line(&w.peer, "*", good, sizeof good);
	peer_line(&w.peer, "@revoked *", bad, sizeof bad);
	(void)snprintf(text, sizeof text, "%s%s", good, bad);
	write_file(w.known_hosts, text, 0600);
	expect_failure(&w, ERR_HOST_KEY, "revoked");
	expect_no_login_message(&w);
	world_end(&w);
}

static void accept_new_writes_the_key_and_then_knows_it(void **state)
{
	(void)state;
	struct world w;
	char line[256], hosts[64];
	world_key(&w, &by_password, NULL);
	w.options.accept_new = true;
	struct link *link = reach(&w, LINK_UP);
	assert_true(w.login.accepted_new);
	(void)snprintf(hosts, sizeof hosts, "[127.0.0.1]:%u", w.peer.port);
	peer_line(&w.peer, hosts, line, sizeof line);
	assert_string_equal(read_text(w.known_hosts), line);
	link_free(link);
	ssh_login_done(&w.login);
	w.login = (struct ssh_login){.ask = ask, .arg = &w.asked};
	w.options.accept_new = false;
	link = reach(&w, LINK_UP);
	assert_false(w.login.accepted_new);
	link_free(link);
	world_end(&w);
}

static void accept_new_needs_undamaged_files(void **state)
{
	(void)state;
	struct world w;
	world_key(&w, &by_password, NULL);
	write_file(w.known_hosts, "[127.0.0.1]:22 ssh-ed25519 AAAAC3Nz!!\n", 0600);
	w.options.accept_new = true;
	expect_failure(&w, ERR_HOST_KEY, "known_hosts:1 is damaged");
	expect_no_login_message(&w);
	world_end(&w);
}

static void accept_new_that_cannot_write_refuses(void **state)
{
	(void)state;
	struct world w;
	world_key(&w, &by_password, NULL);
	w.files[0] = "/nonexistent/folder/known_hosts";
	w.options.accept_new = true;
	expect_failure(&w, ERR_HOST_KEY, "cannot write the new host key");
	expect_no_login_message(&w);
	world_end(&w);
}

static void a_pin_alone_decides(void **state)
{
	(void)state;
	struct world w;
	char line[256];
	world_key(&w, &by_password, NULL);
	w.options.accept_new = true;
	w.options.host_key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	expect_failure(&w, ERR_HOST_KEY, "--host-key asks for SHA256:AAAA");
	expect_no_login_message(&w);
	/* the right pin wins over a stale known_hosts line */
	(void)snprintf(line, sizeof line, "[127.0.0.1]:%u ssh-ed25519 %s\n", w.peer.port, other_key);
	write_file(w.known_hosts, line, 0600);
	unsigned char *hash = NULL;
	size_t n = 0;
	assert_int_equal(ssh_get_publickey_hash(w.peer.key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n), 0);
	char *pin = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	ssh_clean_pubkey_hash(&hash);
	w.options.host_key = pin;
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(w.login.fingerprint, pin);
	assert_false(w.login.accepted_new);
	link_free(link);
	ssh_string_free_char(pin);
	world_end(&w);
}

static void a_second_link_must_show_the_same_key(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	(void)snprintf(w.login.fingerprint, sizeof w.login.fingerprint,
	               "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	expect_failure(&w, ERR_HOST_KEY, "earlier in this run");
	assert_int_equal(w.peer.seen->auth, 0);
	world_end(&w);
}

/* ---- ends and silences ---- */

static void a_server_that_closes_is_an_error_at_every_point(void **state)
{
	(void)state;
	static const struct {
		enum peer_point at;
		enum err_kind kind;
	} points[] = {{POINT_ACCEPT, ERR_CONNECT}, {POINT_SERVICE, ERR_CLOSED}, {POINT_NONE, ERR_CLOSED},
	              {POINT_LOGIN, ERR_CLOSED},   {POINT_CHANNEL, ERR_CLOSED}, {POINT_PTY, ERR_CLOSED},
	              {POINT_SHELL, ERR_CLOSED}};
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		struct world w;
		struct peer_plan plan = by_password;
		plan.close_at = points[i].at;
		world_begin(&w, &plan);
		int64_t before = clock_mono_us();
		expect_failure(&w, points[i].kind, "127.0.0.1 port ");
		assert_true(clock_mono_us() - before < SECONDS(2));
		world_end(&w);
	}
}

static void a_connection_lost_while_up_is_a_failure_after_its_bytes(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.hello = "half a li";
	plan.close_at = POINT_UP;
	world_begin(&w, &plan);
	struct link *link = start(&w);
	(void)drive(link, LINK_UP, SECONDS(8));
	assert_int_equal(link_state(link), LINK_UP);
	char text[64];
	(void)read_until(link, text, sizeof text, NULL);
	assert_string_equal(text, "half a li");
	assert_int_equal(link_state(link), LINK_DOWN);
	assert_true(link_eof(link));
	assert_non_null(link_error(link));
	assert_int_equal(link_error(link)->kind, ERR_CLOSED);
	link_free(link);
	world_end(&w);
}

static void silence_at_every_point_ends_in_time_without_spinning(void **state)
{
	(void)state;
	static const struct {
		enum peer_point at;
		const char *words;
	} points[] = {
	        {POINT_ACCEPT, "SSH key exchange"},
	        {POINT_SERVICE, "list of login methods"},
	        {POINT_NONE, "list of login methods"},
	        {POINT_LOGIN, "login by password"},
	        {POINT_CHANNEL, "SSH channel"},
	        {POINT_PTY, "terminal"},
	        {POINT_SHELL, "shell"},
	};
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		struct world w;
		struct peer_plan plan = by_password;
		plan.stall_at = points[i].at;
		world_begin(&w, &plan);
		w.options.connect_us = 600000;
		w.options.login_us = 400000;
		struct link *link = start(&w);
		int64_t before = clock_mono_us();
		unsigned turns = drive(link, LINK_UP, SECONDS(5));
		assert_true(clock_mono_us() - before < 1400000);
		assert_true(turns < 80);
		assert_non_null(link_error(link));
		assert_int_equal(link_error(link)->kind, ERR_TIMEOUT);
		if (!strstr(link_error(link)->text, points[i].words))
			fail_msg("%s", link_error(link)->text);
		link_free(link);
		world_end(&w);
	}
}

static void refused_channel_terminal_and_shell_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		enum peer_point at;
		const char *words;
	} points[] = {{POINT_CHANNEL, "refused the session"},
	              {POINT_PTY, "refused the terminal"},
	              {POINT_SHELL, "refused the shell"}};
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		struct world w;
		struct peer_plan plan = by_password;
		plan.refuse_at = points[i].at;
		world_begin(&w, &plan);
		expect_failure(&w, ERR_PERMISSION, points[i].words);
		world_end(&w);
	}
}

/* ---- not SSH, or not our SSH ---- */

static void other_protocols_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		bool first;
		const char *words;
	} others[] = {{"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", false, "speaks HTTP, not SSH"},
	              {"220 mail ready\r\n", true, "speaks FTP or SMTP"},
	              {"\xff\xfb\x01login: ", true, "speaks Telnet"},
	              {"\x15\x03\x01", false, "speaks TLS"},
	              {"what do you want?\r\n", true, "says 'what do you want?', which is not SSH"},
	              {"SSH-1.5-old\r\n", true, "SSH-1.5-old"}};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct world w;
		world_begin(&w, &(struct peer_plan){.raw = others[i].raw, .raw_first = others[i].first});
		int64_t before = clock_mono_us();
		expect_failure(&w, ERR_CONNECT, others[i].words);
		assert_true(clock_mono_us() - before < SECONDS(1));
		world_end(&w);
	}
}

static void a_talker_that_is_not_ssh_ends_at_the_deadline(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &(struct peer_plan){.raw = "hello\r\n", .raw_first = true, .raw_stays = true});
	w.options.connect_us = 500000;
	expect_failure(&w, ERR_TIMEOUT, "says 'hello'");
	world_end(&w);
}

static void no_common_algorithm_names_both_lists_and_the_option(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &(struct peer_plan){.proposal = "diffie-hellman-group14-sha1"});
	expect_failure(&w, ERR_CONNECT, "have no way to exchange keys in common");
	expect_failure(&w, ERR_CONNECT, "the device offers diffie-hellman-group14-sha1; fgdiag offers curve25519");
	expect_failure(&w, ERR_CONNECT, "; --legacy-algorithms offers old ones too");
	w.options.legacy_algorithms = true;
	expect_failure(&w, ERR_CONNECT, "have no integrity check (MAC) in common: the device offers hmac-md5; fgdiag");
	expect_failure(&w, ERR_CONNECT, "a newer one has to be allowed there");
	world_end(&w);
	world_begin(&w, &(struct peer_plan){.proposal = "sntrup761x25519-sha512"});
	expect_failure(&w, ERR_CONNECT, "fgdiag knows none of the device's");
	world_end(&w);
}

static void old_devices_are_reached_with_legacy_algorithms_only(void **state)
{
	(void)state;
	static const struct {
		const char *kex, *host_keys, *ciphers, *macs, *used;
	} devices[] = {
	        {.kex = "diffie-hellman-group14-sha1", .used = "diffie-hellman-group14-sha1"},
	        {.kex = "diffie-hellman-group1-sha1",
	         .macs = "hmac-sha1",
	         .ciphers = "aes128-ctr",
	         .used = "diffie-hellman-group1-sha1, hmac-sha1"},
	        {.kex = "diffie-hellman-group-exchange-sha1", .used = "diffie-hellman-group-exchange-sha1"},
	        {.host_keys = "ssh-rsa", .used = ""},
	        {.ciphers = "aes256-cbc", .used = "aes256-cbc"},
	        {.ciphers = "3des-cbc,aes128-cbc",
	         .macs = "hmac-sha1",
	         .host_keys = "ssh-rsa",
	         .kex = "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
	         .used = "diffie-hellman-group14-sha1, aes128-cbc, hmac-sha1"},
	};
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		struct world w;
		struct peer_plan plan = by_password;
		ssh_key key = NULL;
		plan.kex = devices[i].kex;
		plan.host_keys = devices[i].host_keys;
		plan.ciphers = devices[i].ciphers;
		plan.macs = devices[i].macs;
		if (plan.host_keys)
			assert_int_equal(ssh_pki_generate(SSH_KEYTYPE_RSA, 2048, &key), SSH_OK);
		world_key(&w, &plan, key);
		w.options.accept_new = true;
		expect_failure(&w, ERR_CONNECT, "--legacy-algorithms");
		w.options.legacy_algorithms = true;
		struct link *link = reach(&w, LINK_UP);
		assert_string_equal(link_legacy(link), devices[i].used);
		link_free(link);
		world_end(&w);
	}
}

static void legacy_algorithms_are_used_only_where_nothing_newer_is(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	w.options.legacy_algorithms = true;
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(link_legacy(link), "");
	link_free(link);
	world_end(&w);
}

/* ---- TCP ---- */

static void a_refused_connection_fails_at_once(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	unsigned port = 0;
	int fd = peer_listen(&port);
	(void)close(fd);
	w.options.port = port;
	int64_t before = clock_mono_us();
	expect_failure(&w, ERR_CONNECT, "Connection refused");
	assert_true(clock_mono_us() - before < 500000);
	world_end(&w);
}

static void every_address_of_a_name_is_tried(void **state)
{
	(void)state;
	struct world w;
	struct addrinfo *found;
	if (getaddrinfo("LocalHost", NULL, NULL, &found) != 0) {
		(void)fprintf(stderr, "skip: this machine cannot look up localhost\n");
		skip();
	}
	freeaddrinfo(found);
	world_key(&w, &by_password, NULL);
	w.options.host = "LocalHost"; /* ::1 too where there is IPv6; the server has 127.0.0.1 only */
	w.options.accept_new = true;
	struct link *link = reach(&w, LINK_UP);
	assert_non_null(strstr(read_text(w.known_hosts), "[localhost]:"));
	link_free(link);
	world_end(&w);
}

static void a_name_that_does_not_exist_is_said(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	w.options.host = "no-such-host.invalid";
	expect_failure(&w, ERR_CONNECT, "cannot look up no-such-host.invalid");
	world_end(&w);
}

static void a_silent_network_ends_at_the_deadline(void **state)
{
	(void)state;
	/* a listener whose queue is full: SYNs are dropped */
	struct world w;
	unsigned port = 0;
	world_begin(&w, &by_password);
	int listener = peer_listen(&port);
	assert_int_equal(listen(listener, 0), 0);
	int fillers[4];
	for (size_t i = 0; i < 4; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET,
		                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                              .sin_port = htons((uint16_t)port)};
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	(void)usleep(50000);
	w.options.port = port;
	w.options.connect_us = 400000;
	struct link *link = start(&w);
	int64_t before = clock_mono_us();
	unsigned turns = drive(link, LINK_UP, SECONDS(5));
	assert_true(clock_mono_us() - before < 700000);
	assert_true(turns < 20);
	assert_int_equal(link_error(link)->kind, ERR_TIMEOUT);
	assert_non_null(strstr(link_error(link)->text, "TCP connection to 127.0.0.1"));
	link_free(link);
	for (size_t i = 0; i < 4; i++)
		(void)close(fillers[i]);
	(void)close(listener);
	world_end(&w);
}

static void impossible_options_are_refused_without_a_connection(void **state)
{
	(void)state;
	static const char *const hosts[] = {"", "a b", "admin@fgt", "fgt;reboot", "fgt\n", "*", "-oProxy\x7f"};
	struct world w;
	world_begin(&w, &by_password);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		w.options.host = hosts[i];
		expect_failure(&w, ERR_USAGE, "neither a host name nor an address");
	}
	w.options.host = "127.0.0.1";
	w.options.user = "";
	expect_failure(&w, ERR_USAGE, "no usable user name");
	w.options.user = "ad\nmin";
	expect_failure(&w, ERR_USAGE, "no usable user name");
	w.options.user = "admin";
	w.options.port = 0;
	expect_failure(&w, ERR_USAGE, "port 0");
	assert_int_equal(w.peer.seen->connections, 0);
	world_end(&w);
}

static void a_link_may_be_given_up_at_any_point(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	for (unsigned turns = 0; turns < 40; turns++) {
		struct link *link = start(&w);
		for (unsigned i = 0; i < turns && link_state(link) < LINK_UP; i++) {
			link_step(link, clock_mono_us());
			struct pollfd fds[LINK_MAX_POLLFDS];
			(void)poll(fds, link_pollfds(link, fds), 20);
		}
		link_close(link);
		assert_int_equal(link_state(link), LINK_DOWN);
		link_free(link);
	}
	link_free(NULL);
	world_end(&w);
}

static void the_version_is_named(void **state)
{
	(void)state;
	assert_int_equal(strncmp(link_version(), "libssh 0.", 9), 0);
	assert_null(strchr(link_version(), '/'));
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(logs_in_by_password_and_moves_bytes_both_ways),
	        cmocka_unit_test(close_tells_the_server),
	        cmocka_unit_test(the_end_of_the_stream_is_no_failure),
	        cmocka_unit_test(bytes_before_the_end_are_read_before_the_link_is_down),
	        cmocka_unit_test(unread_bytes_wake_the_loop),
	        cmocka_unit_test(two_links_ask_once_and_live_side_by_side),
	        cmocka_unit_test(a_server_without_authentication_asks_nothing),
	        cmocka_unit_test(a_user_name_goes_out_as_given),
	        cmocka_unit_test(a_quiet_link_does_not_spin),
	        cmocka_unit_test(an_unknown_host_key_is_refused_before_any_login_message),
	        cmocka_unit_test(a_changed_host_key_is_refused_even_with_accept_new),
	        cmocka_unit_test(a_revoked_host_key_is_refused),
	        cmocka_unit_test(accept_new_writes_the_key_and_then_knows_it),
	        cmocka_unit_test(accept_new_needs_undamaged_files),
	        cmocka_unit_test(accept_new_that_cannot_write_refuses),
	        cmocka_unit_test(a_pin_alone_decides),
	        cmocka_unit_test(a_second_link_must_show_the_same_key),
	        cmocka_unit_test(a_server_that_closes_is_an_error_at_every_point),
	        cmocka_unit_test(a_connection_lost_while_up_is_a_failure_after_its_bytes),
	        cmocka_unit_test(silence_at_every_point_ends_in_time_without_spinning),
	        cmocka_unit_test(refused_channel_terminal_and_shell_are_told_apart),
	        cmocka_unit_test(other_protocols_are_named),
	        cmocka_unit_test(a_talker_that_is_not_ssh_ends_at_the_deadline),
	        cmocka_unit_test(no_common_algorithm_names_both_lists_and_the_option),
	        cmocka_unit_test(old_devices_are_reached_with_legacy_algorithms_only),
	        cmocka_unit_test(legacy_algorithms_are_used_only_where_nothing_newer_is),
	        cmocka_unit_test(a_refused_connection_fails_at_once),
	        cmocka_unit_test(every_address_of_a_name_is_tried),
	        cmocka_unit_test(a_name_that_does_not_exist_is_said),
	        cmocka_unit_test(a_silent_network_ends_at_the_deadline),
	        cmocka_unit_test(impossible_options_are_refused_without_a_connection),
	        cmocka_unit_test(a_link_may_be_given_up_at_any_point),
	        cmocka_unit_test(the_version_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
