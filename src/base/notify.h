/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/attr.h"

/* systemd's readiness protocol, sd_notify(3): one datagram ("READY=1") to $NOTIFY_SOCKET, if there is
 * one. Before a sandbox takes socket() away. */
void notify_send(const char *text);
