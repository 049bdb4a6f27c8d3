/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a reporter is told of their report: coarse on purpose, since a paper with nine words can be found by
 * the wrong person. Stored as a number: never renumber. */
enum coarse { COARSE_RECEIVED, COARSE_REVIEW, COARSE_PASSED_ON, COARSE_GONE, COARSE_OUTSIDE, COARSE_QUESTION, COARSE_WITHDRAWN, COARSE_CLOSED, COARSE_COUNT };
