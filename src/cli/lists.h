/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The parts of `hisn lists`. One folder holds everything:
 *
 *     lists.yaml                what the operator added: names of the catalogue, and lists of their own
 *     accept.txt                CATEGORY:NAME lines: accepted although protected or popular
 *     CATEGORY.FORMAT[.txt][.xz] put there by hand: adult.domains, gambling.mine.hosts.gz
 *     ut1/CATEGORY/domains      UT1 folders, fetched or put there by hand
 *     fetched/NAME.FORMAT       downloads, each with its .state beside it */

#include "cli/cli.h"
#include "fetch/state.h"
#include "policy/household.h"

#include <cyaml/cyaml.h>

enum lists_format {
	LISTS_NONE, /* not given: an entry that only names one of the catalogue */
	LISTS_DOMAINS, LISTS_HOSTS, LISTS_ADBLOCK, LISTS_DNSMASQ, LISTS_WILDCARD, LISTS_RPZ, LISTS_ADDRESSES,
	LISTS_UT1,     /* a .tar.gz of category folders */
	LISTS_RANKING, /* a .zip with "RANK,NAME" lines; popular only */
	LISTS_SUFFIXES, /* the public suffix list */
	LISTS_FORMATS,  /* how many */
};

enum lists_kind { LISTS_BLOCK, LISTS_ALLOW, LISTS_POPULAR, LISTS_PSL };
enum lists_certainty { LISTS_OPERATOR, LISTS_VERIFIED, LISTS_KNOWLEDGE };

/* One list, as data/catalogue.yaml and lists.yaml describe it. Names and optional texts may be NULL. */
struct lists_entry {
	char *name, *title, *category;
	char **urls; /* mirrors, tried in order */
	unsigned nurls;
	int format;  /* enum lists_format */
	int kind, certainty;
	char *folder; /* LISTS_UT1: the folder in the archive */
	char *licence, *attribution, *home, *notes;
	unsigned interval_hours, max_mib, rows;
	bool recommended, http;
	bool chosen;  /* not read: it stands in the operator's file */
};

struct lists_file {
	struct lists_entry *lists;
	unsigned nlists;
};

struct lists {
	struct lists_file *shipped, *own; /* own may be NULL */
	struct lists_entry **all;         /* the shipped ones, then the operator's own */
	unsigned n;
	struct household *bands;          /* for the categories that exist */
	char folder[4000];
};

extern const char *const lists_format_names[], *const lists_kind_names[];
const char *lists_certainty_name(int certainty);

/* folder NULL: $HISN_STATE/lists; as root /var/lib/hisn/lists; else the user's state folder. */
must_use int lists_open(const char *folder, struct lists *ret, struct err_note *note);
void lists_done(struct lists *l);
struct lists_entry *lists_find(const struct lists *l, const char *name); /* NULL: no such list */
/* Names of lists are file names too: a-z 0-9 and '-', at most 48. */
bool lists_name_valid(const char *name);
bool lists_category_valid(const char *name);
/* One of data/categories.yaml that lists may fill, or an operator's own: "x-...". */
bool lists_category_known(const struct lists *l, const char *name);
/* LISTS_ALLOW for good places, which allow-list profiles count; else LISTS_BLOCK. */
int lists_category_kind(const struct lists *l, const char *name);
int lists_format_find(const char *name, size_t n); /* -1 */

/* Parse one of the two files; for lists_add, which checks what it is about to write. */
must_use int lists_parse(const char *name, const uint8_t *p, size_t n, struct lists_file **ret,
	struct err_note *note);
void lists_file_free(struct lists_file *f);

enum { LISTS_PATH_MAX = 4096 };
/* Where a download stands, and what it became (the same, but for archives). PATH_MAX bytes. */
void lists_download_path(const struct lists *l, const struct lists_entry *e, char *ret);
void lists_use_path(const struct lists *l, const struct lists_entry *e, char *ret);

/* What is there of a list. */
struct lists_have {
	bool there, downloaded;    /* usable; and not put there by hand */
	uint64_t size;             /* of the download */
	int64_t fetched, checked;  /* Unix seconds; 0 unknown */
};
struct lists_have lists_look(const struct lists *l, const struct lists_entry *e);

/* The verbs. Exit codes. */
int lists_show(const struct cli_program *p, const struct lists *l, bool json);
struct lists_new {
	const char *what; /* a name of the catalogue, or an address */
	const char *name, *category, *format, *kind, *licence, *attribution;
};
int lists_add(const struct cli_program *p, const struct lists *l, const struct lists_new *n);
struct lists_update {
	const char *const *names;
	unsigned nnames;
	bool all, recommended, due, force, json, quiet;
	const char *ca_file;
	unsigned tries, stall_s; /* 0: as fetch.h has them */
};
int lists_update(const struct cli_program *p, const struct lists *l, const struct lists_update *u);
enum { LISTS_EXIT_NONE = 3 }; /* config: nothing is there */
int lists_config(const struct cli_program *p, const struct lists *l, const char *out, bool quiet);

/* A text as a YAML (and JSON) double-quoted scalar. */
void lists_quote(FILE *f, const char *s);
/* "3 h", "12 d", "-" into buf; "1.2 MB". */
const char *lists_age(int64_t seconds, char buf[16]);
const char *lists_size(uint64_t bytes, char buf[16]);

/* lists_progress.c: a bar for each running download on a terminal's stderr, nothing elsewhere. */
struct lists_bars {
	const struct lists_entry *const *entries;
	struct { uint64_t done, total; bool running, finished; } *at;
	size_t n, nfinished;
	unsigned drawn;
	bool shown;
	int64_t last_ms;
};
must_use int lists_bars_start(struct lists_bars *b, const struct lists_entry *const *entries, size_t n, bool quiet);
void lists_bars_set(struct lists_bars *b, size_t i, uint64_t done, uint64_t total);
void lists_bars_finished(struct lists_bars *b, size_t i);
void lists_bars_end(struct lists_bars *b);
