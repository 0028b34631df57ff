#ifndef EMU_EVENT_LOG_H
#define EMU_EVENT_LOG_H

#include <stddef.h>

/* One line per event, "SESSION WORD text", flushed at once; control bytes are
 * written as \xNN. Without a file nothing is written. */
void event_log_open(const char *path);
void event_log(unsigned session, const char *word, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void event_log_close(void);

#endif
