/* SPDX-License-Identifier: Apache-2.0 */
/* What libmicrohttpd answers by itself: a request that is no HTTP, has no Host, a length that is no
 * number, a broken chunk, more headers than its memory holds. It sends HTML of its own without our
 * headers and offers no hook. It queues that page with its public MHD_queue_response, through the
 * dynamic linker, so the definition here stands before the library's (ELF symbol preemption, as
 * malloc replacements do) and puts our plain answer in its place. Should a later libmicrohttpd call
 * its own directly, its bare pages come back and tests/flow/b0210-web.py says so. */
#include "web/int.h"

#include "base/clock.h"

#include <dlfcn.h>

typedef enum MHD_Result queue_function(struct MHD_Connection *m, unsigned status, struct MHD_Response *answer);

static queue_function *theirs;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_theirs(void)
{
	void *p = dlsym(RTLD_NEXT, "MHD_queue_response");
	memcpy(&theirs, &p, sizeof theirs);
}

enum MHD_Result web_queue(struct MHD_Connection *m, int status, struct MHD_Response *answer)
{
	pthread_once(&once, find_theirs);
	return theirs ? theirs(m, (unsigned)status, answer) : MHD_NO;
}

static struct MHD_Response *plain(int status)
{
	const char *why = web_reason(status);
	char date[32];
	struct MHD_Response *a = MHD_create_response_from_buffer(strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
	if (!a)
		return NULL;
	web_date(clock_unix(), date);
	(void)MHD_add_response_header(a, "Date", date);
	(void)MHD_add_response_header(a, "Cache-Control", "no-store");
	(void)MHD_add_response_header(a, "Content-Type", "text/plain; charset=utf-8");
	for (size_t i = 0; i < web_fixed_header_n; i++)
		(void)MHD_add_response_header(a, web_fixed_headers[i].name, web_fixed_headers[i].value);
	return a;
}

/* Called by libmicrohttpd alone: we use web_queue. */
__attribute__((visibility("default"))) enum MHD_Result MHD_queue_response(
	struct MHD_Connection *m, unsigned status, struct MHD_Response *answer)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(m, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct web_conn *c = i ? i->socket_context : NULL;
	/* 0.9.75 sends its answer to a missing Host or a bad length twice, and a second answer is taken for
	 * that of another request. Where we can, we say it once ourselves and close: its own then leads
	 * nowhere. (Refusing to queue it is no way: 0.9.75 goes on with memory that it has given back.) */
	if (c && !c->at->web->tls) {
		pthread_mutex_lock(&c->at->web->lock);
		web_conn_cut(c, (int)status);
		pthread_mutex_unlock(&c->at->web->lock);
	}
	struct MHD_Response *ours = plain((int)status);
	enum MHD_Result ok = web_queue(m, (int)status, ours ? ours : answer);
	if (ours)
		MHD_destroy_response(ours);
	return ok;
}
