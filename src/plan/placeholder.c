#include "placeholder.h"

#include <string.h>

#include "buf.h"

enum { NAME_MAX_BYTES = 60, TEXT_MAX_BYTES = 4096 };

static int fill(struct buf *out, const char *text, placeholder_value *value, void *arg, struct err *err)
{
	char name[NAME_MAX_BYTES + 1];
	while (*text) {
		size_t n = strcspn(text, "{");
		buf_add(out, text, n);
		text += n;
		if (!*text)
			return 0;
		size_t length = strcspn(text, "}");
		if (text[length] != '}' || length < 2 || length - 1 > NAME_MAX_BYTES)
			return err_set(err, ERR_PLAYBOOK, "a '{' without its '}'");
		memcpy(name, text + 1, length - 1);
		name[length - 1] = '\0';
		const char *found = value(arg, name);
		if (!found)
			return err_set(err, ERR_PLAYBOOK, "nothing is called {%s}", name);
		buf_add_text(out, found);
		text += length + 1;
	}
	return 0;
}

int placeholder_fill(struct arena *arena, const char *text, placeholder_value *value, void *arg, const char **out,
                     struct err *err)
{
	struct buf buf;
	buf_init(&buf, TEXT_MAX_BYTES);
	int rc = fill(&buf, text, value, arg, err);
	if (rc == 0 && buf.full)
		rc = err_set(err, ERR_PLAYBOOK, "the text is too long");
	if (rc == 0)
		*out = arena_strndup(arena, buf_str(&buf).p, buf.n);
	buf_done(&buf);
	return rc;
}
