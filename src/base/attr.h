/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Compiler attributes under short names, and the few integer helpers every room needs. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#define must_use        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define likely(x)       __builtin_expect(!!(x), 1)
#define unlikely(x)     __builtin_expect(!!(x), 0)
#define cache_aligned   __attribute__((aligned(64)))

#define ARRAY_LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)       ((a) < (b) ? (a) : (b))
#define MAX(a, b)       ((a) > (b) ? (a) : (b))
