/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Included before every file (meson.build): functions that are too easy to misuse do not compile. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BANNED(f) f##_is_banned_see_src_banned_h

#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(s) BANNED(gets)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)
#undef system
#define system(s) BANNED(system)
#undef alloca
#define alloca(n) BANNED(alloca)
#undef rand
#define rand() BANNED(rand)
