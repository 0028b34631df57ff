#include <string.h>

#include "redact_parts.h"

/* MAC addresses and serial numbers as they stand in text. */

enum { MAC_BYTES = 6, SERIAL_BYTES = 16, SERIAL_MODEL = 6 };

struct mac_form {
	char separator;  /* '\0': none */
	unsigned digits; /* between separators */
};

static const struct mac_form mac_forms[] = {{':', 2}, {'-', 2}, {'.', 4}, {'\0', 12}};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t hex_run(struct str text, size_t at)
{
	size_t n = 0;
	while (at + n < text.n && n < 13 && is_hex(text.p[at + n]))
		n++;
	return n;
}

/* A MAC address in this form: its bytes in the text, and its twelve digits. */
static size_t mac_read(struct str text, size_t at, const struct mac_form *form, char digits[static 12])
{
	size_t start = at;
	for (unsigned have = 0; have < 12; have += form->digits) {
		if (have && (at >= text.n || text.p[at++] != form->separator))
			return 0;
		if (hex_run(text, at) != form->digits)
			return 0;
		memcpy(digits + have, text.p + at, form->digits);
		at += form->digits;
	}
	if (at < text.n && redact_is_word(text.p[at]))
		return 0;
	/* Longer: an IPv6 address or a fingerprint. */
	bool goes_on = form->separator && at < text.n && text.p[at] == form->separator;
	size_t more = goes_on ? hex_run(text, at + 1) : 0;
	if (more == form->digits && (at + 1 + more >= text.n || !redact_is_word(text.p[at + 1 + more])))
		return 0;
	return at - start;
}

/* Nobody's: of a tunnel, or of everybody. */
static bool is_empty_mac(const char digits[static 12])
{
	for (unsigned i = 1; i < 12; i++) {
		if (digits[i] != digits[0])
			return false;
	}
	return digits[0] == '0' || redact_lower(digits[0]) == 'f';
}

static void mac_write(const char *canonical, const struct mac_form *form, bool upper, struct buf *out)
{
	unsigned have = 0;
	for (const char *p = canonical; *p; p++) {
		if (*p == ':')
			continue;
		if (have && form->separator && have % form->digits == 0)
			buf_add_char(out, form->separator);
		buf_add_char(out, upper && *p >= 'a' ? (char)(*p - 'a' + 'A') : *p);
		have++;
	}
}

static bool mac_replace(struct redaction *redaction, const struct mac_form *form, const char digits[static 12],
                        struct buf *out)
{
	char canonical[3 * MAC_BYTES];
	bool upper = false;
	for (unsigned i = 0; i < 12; i++) {
		canonical[i / 2 * 3 + i % 2] = redact_lower(digits[i]);
		canonical[i / 2 * 3 + 2] = ':';
		upper = upper || (digits[i] >= 'A' && digits[i] <= 'F');
	}
	canonical[3 * MAC_BYTES - 1] = '\0';
	struct str text = str_of(canonical);
	const struct redact_pair *pair =
	        redaction->restoring ? redact_find_back(redaction, text) : redact_find(redaction, text);
	/* Twelve digits alone may be any number: only a known one is taken for it. */
	if (!pair && !redaction->restoring && form->separator)
		pair = redact_invent(redaction, REDACT_MAC, text);
	if (!pair || pair->kind != REDACT_MAC)
		return false;
	mac_write(redaction->restoring ? pair->original : pair->replacement, form, upper, out);
	return true;
}

size_t redact_take_mac(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	char digits[12];
	for (size_t i = 0; i < sizeof mac_forms / sizeof mac_forms[0]; i++) {
		size_t n = mac_read(text, at, &mac_forms[i], digits);
		if (n && !is_empty_mac(digits) && mac_replace(redaction, &mac_forms[i], digits, out))
			return n;
	}
	return 0;
}

/* FGT60FTK20001234: sixteen capitals and digits, the first of them an F. */
static bool is_serial(struct str word)
{
	bool digit = false;
	if (word.n != SERIAL_BYTES || word.p[0] != 'F')
		return false;
	for (size_t i = 0; i < word.n; i++) {
		bool number = word.p[i] >= '0' && word.p[i] <= '9';
		if (!number && !(word.p[i] >= 'A' && word.p[i] <= 'Z'))
			return false;
		digit = digit || number;
	}
	return digit;
}

size_t redact_take_serial(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	size_t n = 0;
	while (n <= SERIAL_BYTES && at + n < text.n && redact_is_word(text.p[at + n]))
		n++;
	struct str word = str_cut(text, at, n);
	if (redaction->restoring || !is_serial(word))
		return 0;
	const struct redact_pair *pair = redact_find(redaction, word);
	if (!pair)
		pair = redact_invent(redaction, REDACT_SERIAL, word);
	if (!pair)
		return 0;
	buf_add_text(out, pair->replacement);
	return n;
}

/* ---- numbers in place of names ---- */

static void write_number(enum redact_kind kind, size_t number, struct str original, struct buf *out)
{
	static const char *const words[REDACT_KINDS] = {
	        [REDACT_HOST] = "host", [REDACT_USER] = "user", [REDACT_VDOM] = "vdom"};
	if (words[kind]) {
		buf_printf(out, "%s-%zu", words[kind], number);
	} else if (kind == REDACT_MAC) {
		buf_printf(out, "02:fd:1a:%02x:%02x:%02x", (unsigned)(number >> 16 & 255),
		           (unsigned)(number >> 8 & 255), (unsigned)(number & 255));
	} else if (original.n == SERIAL_BYTES) { /* the model stays */
		buf_add_str(out, str_cut(original, 0, SERIAL_MODEL));
		buf_printf(out, "REDACT%04zu", number);
	} else {
		size_t model = original.n > 2 * SERIAL_MODEL ? SERIAL_MODEL : original.n / 3;
		buf_add_str(out, str_cut(original, 0, model));
		buf_printf(out, "%0*zu", (int)(original.n - model), number);
	}
}

/* What stands for all that comes after a device has named too many. */
static const struct redact_pair rest[REDACT_KINDS] = {
        [REDACT_SERIAL] = {REDACT_SERIAL, "", "FGXXXXREDACT0000"},
        [REDACT_MAC] = {REDACT_MAC, "", "02:fd:1a:00:00:00"},
};

const struct redact_pair *redact_invent(struct redaction *redaction, enum redact_kind kind, struct str original)
{
	const struct redact_pair *pair = NULL;
	struct buf name;
	if (redaction->names >= REDACT_MAX_NAMES)
		return rest[kind].replacement ? &rest[kind] : NULL;
	buf_init(&name, 2 * REDACT_NAME_MAX + 64);
	do {
		buf_clear(&name);
		write_number(kind, ++redaction->numbers[kind], original, &name);
	} while (str_is_nocase(original, name.p) || redact_find(redaction, buf_str(&name)) ||
	         redact_find_back(redaction, buf_str(&name)));
	pair = redact_pair_add(redaction, kind, original, buf_str(&name));
	buf_done(&name);
	return pair;
}
