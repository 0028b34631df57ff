#ifndef FGDIAG_TEST_WORLD_H
#define FGDIAG_TEST_WORLD_H

#include <dirent.h>
#include <fcntl.h>

#include <unistd.h>

#include "drive.h"
#include "peer.h"

/* One server, one client, and the files between them. */
struct world {
	char folder[128];
	char known_hosts[160];
	char key_file[160];
	const char *files[1];
	const char *keys[1];
	struct peer peer;
	struct ssh_options options;
	struct ssh_login login;
	struct asked asked;
	unsigned fds_before;
};

static inline unsigned open_fds(void)
{
	unsigned n = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder && readdir(folder))
		n++;
	if (folder)
		(void)closedir(folder);
	return n;
}

static const struct peer_plan by_password = {.methods = SSH_AUTH_METHOD_PASSWORD, .password = "right"};

static inline void world_key(struct world *w, const struct peer_plan *plan, ssh_key key)
{
	*w = (struct world){.asked = {.password = "right"}};
	w->fds_before = open_fds();
	make_folder_name(w->folder, sizeof w->folder);
	(void)snprintf(w->known_hosts, sizeof w->known_hosts, "%s/known_hosts", w->folder);
	(void)snprintf(w->key_file, sizeof w->key_file, "%s/key", w->folder);
	peer_start(&w->peer, plan, key);
	w->files[0] = w->known_hosts;
	w->keys[0] = w->key_file;
	w->options = (struct ssh_options){.host = "127.0.0.1",
	                                  .port = w->peer.port,
	                                  .user = "admin",
	                                  .known_hosts = w->files,
	                                  .known_hosts_count = 1,
	                                  .connect_us = SECONDS(5),
	                                  .login_us = SECONDS(5)};
	w->login = (struct ssh_login){.ask = ask, .arg = &w->asked};
}

/* The server's key is known unless a test says otherwise. */
static inline void world_begin(struct world *w, const struct peer_plan *plan)
{
	char hosts[64], line[256];
	world_key(w, plan, NULL);
	(void)snprintf(hosts, sizeof hosts, "[127.0.0.1]:%u", w->peer.port);
	peer_line(&w->peer, hosts, line, sizeof line);
	write_file(w->known_hosts, line, 0600);
}

static inline void world_end(struct world *w)
{
	ssh_login_done(&w->login);
	peer_stop(&w->peer);
	/* A name look-up that was given up ends in its own thread, when it can. */
	for (unsigned i = 0; open_fds() != w->fds_before && i < 200; i++)
		(void)usleep(100000);
	assert_int_equal(open_fds(), w->fds_before);
	(void)unlink(w->known_hosts);
	(void)unlink(w->key_file);
	assert_int_equal(rmdir(w->folder), 0);
}

static inline struct link *start(struct world *w)
{
	return link_ssh(&w->options, &w->login, clock_mono_us());
}

static inline struct link *reach(struct world *w, enum link_state state)
{
	struct link *link = start(w);
	(void)drive(link, state, SECONDS(8));
	if (state == LINK_UP && link_error(link))
		fail_msg("%s", link_error(link)->text);
	assert_int_equal(link_state(link), state);
	return link;
}

/* The link fails with this kind, and its sentence has these words. */
static inline void expect_failure(struct world *w, enum err_kind kind, const char *words)
{
	struct link *link = start(w);
	(void)drive(link, LINK_UP, SECONDS(8));
	const struct err *err = link_error(link);
	if (!err)
		fail_msg("no failure, state %d", (int)link_state(link));
	assert_int_equal(link_state(link), LINK_DOWN);
	if (err->kind != kind || !strstr(err->text, words))
		fail_msg("%s: %s", err_word(err->kind), err->text);
	assert_false(link_eof(link));
	assert_int_equal(link_write(link, "x", 1), 0);
	struct pollfd fds[LINK_MAX_POLLFDS];
	assert_int_equal(link_pollfds(link, fds), 0);
	assert_true(link_deadline(link) == INT64_MAX);
	link_free(link);
}

static inline void user_key(struct world *w, const char *passphrase, char *base64, size_t size)
{
	ssh_key key = NULL;
	char *text = NULL;
	assert_int_equal(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key), SSH_OK);
	assert_int_equal(ssh_pki_export_privkey_file(key, passphrase, NULL, NULL, w->key_file), SSH_OK);
	assert_int_equal(chmod(w->key_file, 0600), 0);
	assert_int_equal(ssh_pki_export_pubkey_base64(key, &text), SSH_OK);
	(void)snprintf(base64, size, "%s", text);
	ssh_string_free_char(text);
	ssh_key_free(key);
	w->options.identities = w->keys;
	w->options.identity_count = 1;
}

/* A user key must exist before the server that lets it in. */
static inline void world_with_key(struct world *w, struct peer_plan plan, const char *passphrase)
{
	static char base64[256];
	struct world first = {0};
	make_folder_name(first.folder, sizeof first.folder);
	(void)snprintf(first.key_file, sizeof first.key_file, "%s/key", first.folder);
	user_key(&first, passphrase, base64, sizeof base64);
	plan.key_base64 = base64;
	world_begin(w, &plan);
	assert_int_equal(rename(first.key_file, w->key_file), 0);
	assert_int_equal(rmdir(first.folder), 0);
	w->options.identities = w->keys;
	w->options.identity_count = 1;
}

/* The next look is one of another run. */
static inline void forget(struct world *w)
{
	ssh_login_done(&w->login);
	w->login = (struct ssh_login){.ask = ask, .arg = &w->asked};
	w->asked.count = w->asked.code_count = 0;
}

#endif
