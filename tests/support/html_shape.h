#ifndef FGDIAG_TEST_HTML_SHAPE_H
#define FGDIAG_TEST_HTML_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "text.h"

/* Is a page of HTML one of ours? A reader of its own, strict where browsers are
 * lenient: tags of a closed list, opened and closed in turn; attributes of a
 * closed list, quoted; links only into the page; in text no '<' or '>' and no
 * '&' but of five references. Gives NULL, or words for what is wrong at *at. */

enum { HTML_SHAPE_DEPTH = 64 };

struct html_shape {
	struct str page;
	size_t at;
	struct str open[HTML_SHAPE_DEPTH];
	size_t depth;
	size_t elements;
};

static inline bool html_shape_is_one_of(struct str word, const char *const *list)
{
	for (; *list; list++) {
		if (str_is(word, *list))
			return true;
	}
	return false;
}

static inline struct str html_shape_name(struct html_shape *shape)
{
	size_t start = shape->at;
	while (shape->at < shape->page.n &&
	       (strchr("-_", shape->page.p[shape->at])
	                ? shape->page.p[shape->at] != '\0'
	                : (shape->page.p[shape->at] >= 'a' && shape->page.p[shape->at] <= 'z') ||
	                          (shape->page.p[shape->at] >= 'A' && shape->page.p[shape->at] <= 'Z') ||
	                          (shape->page.p[shape->at] >= '0' && shape->page.p[shape->at] <= '9')))
		shape->at++;
	return str_cut(shape->page, start, shape->at - start);
}

static inline bool html_shape_takes(struct html_shape *shape, const char *words)
{
	if (!str_starts(str_from(shape->page, shape->at), words))
		return false;
	shape->at += strlen(words);
	return true;
}

static inline const char *html_shape_attribute(struct html_shape *shape)
{
	static const char *const names[] = {"aria-hidden",
	                                    "aria-label",
	                                    "aria-labelledby",
	                                    "charset",
	                                    "class",
	                                    "colspan",
	                                    "content",
	                                    "d",
	                                    "height",
	                                    "href",
	                                    "http-equiv",
	                                    "id",
	                                    "lang",
	                                    "name",
	                                    "open",
	                                    "preserveAspectRatio",
	                                    "role",
	                                    "rx",
	                                    "scope",
	                                    "textLength",
	                                    "lengthAdjust",
	                                    "viewBox",
	                                    "width",
	                                    "x",
	                                    "y",
	                                    NULL};
	struct str name = html_shape_name(shape);
	if (!html_shape_is_one_of(name, names))
		return "an attribute of no list";
	if (str_is(name, "open"))
		return NULL;
	if (!html_shape_takes(shape, "=\""))
		return "an attribute without a quoted value";
	struct str rest = str_from(shape->page, shape->at);
	ptrdiff_t end = str_find_char(rest, '"');
	struct str value = str_cut(rest, 0, end < 0 ? 0 : (size_t)end);
	if (end < 0 || str_find_char(value, '<') >= 0 || str_find_char(value, '>') >= 0 ||
	    str_find_char(value, '&') >= 0)
		return "an attribute's value that is not whole";
	if (str_is(name, "href") && !str_starts(value, "#"))
		return "a link that leaves the page";
	shape->at += (size_t)end + 1;
	return NULL;
}

static inline const char *html_shape_tag(struct html_shape *shape)
{
	static const char *const names[] = {
	        "a",      "article", "b",     "body",       "caption", "code",    "dd",  "desc",   "details", "div",
	        "dl",     "dt",      "em",    "figcaption", "figure",  "g",       "h1",  "h2",     "h3",      "head",
	        "header", "html",    "i",     "li",         "main",    "meta",    "nav", "p",      "path",    "pre",
	        "rect",   "section", "small", "span",       "style",   "summary", "svg", "symbol", "table",   "tbody",
	        "td",     "text",    "th",    "thead",      "title",   "tr",      "ul",  "use",    NULL};
	shape->at++;
	if (html_shape_takes(shape, "!DOCTYPE html>"))
		return NULL;
	if (html_shape_takes(shape, "/")) {
		struct str name = html_shape_name(shape);
		if (shape->depth == 0 || name.n != shape->open[shape->depth - 1].n ||
		    memcmp(name.p, shape->open[shape->depth - 1].p, name.n) != 0)
			return "a tag is closed that is not the last one opened";
		shape->depth--;
		return html_shape_takes(shape, ">") ? NULL : "a closing tag that does not end";
	}
	struct str name = html_shape_name(shape);
	if (!html_shape_is_one_of(name, names))
		return "a tag of no list";
	shape->elements++;
	while (html_shape_takes(shape, " ")) {
		const char *wrong = html_shape_attribute(shape);
		if (wrong)
			return wrong;
	}
	if (html_shape_takes(shape, "/>"))
		return NULL;
	if (!html_shape_takes(shape, ">"))
		return "a tag that does not end";
	if (str_is(name, "style")) {
		ptrdiff_t end = str_find(str_from(shape->page, shape->at), "<");
		shape->at += end < 0 ? 0 : (size_t)end;
	}
	if (str_is(name, "meta"))
		return NULL;
	if (shape->depth == HTML_SHAPE_DEPTH)
		return "tags are nested too deep";
	shape->open[shape->depth++] = name;
	return NULL;
}

static inline const char *html_shape_text(struct html_shape *shape)
{
	static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	if (shape->page.p[shape->at] == '>')
		return "a bare '>'";
	if (shape->page.p[shape->at] != '&') {
		shape->at++;
		return NULL;
	}
	for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
		if (html_shape_takes(shape, references[i]))
			return NULL;
	}
	return "a bare '&'";
}

/* *elements receives how many were opened, *at where it ended; either may be NULL. */
static inline const char *html_shape_check(struct str page, size_t *elements, size_t *at)
{
	struct html_shape shape = {.page = page};
	const char *wrong = NULL;
	while (!wrong && shape.at < page.n)
		wrong = page.p[shape.at] == '<' ? html_shape_tag(&shape) : html_shape_text(&shape);
	if (!wrong && shape.depth)
		wrong = "the page ends inside a tag";
	if (elements)
		*elements = shape.elements;
	if (at)
		*at = shape.at;
	return wrong;
}

#endif
