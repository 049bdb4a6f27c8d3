/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The words of alerts, in the language of who gets them. Pure. */

#include "desk/post/post.h"

must_use bool post_kind_parse(const char *name, enum post_kind *ret);
const char *post_subject(enum lang l, enum post_kind kind);
/* base: "https://desk.example". In the arena; NULL: no memory. */
const char *post_text(struct arena *a, enum lang l, enum post_kind kind, const char *about, const char *base);
