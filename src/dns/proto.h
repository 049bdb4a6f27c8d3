/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers of the protocol. Sources: RFC 1035 and the IANA DNS parameters registry. */

enum {
	DNS_HEADER = 12,       /* bytes */
	DNS_MAX_UDP = 1232,    /* our largest UDP payload: DNS flag day 2020 */
	DNS_MIN_UDP = 512,     /* RFC 1035 section 4.2.1 */
	DNS_MAX_MESSAGE = 65535,
	DNS_PORT = 53,
};

/* Flags of the second header word. */
enum {
	DNS_QR = 0x8000,
	DNS_OPCODE_MASK = 0x7800,
	DNS_AA = 0x0400,
	DNS_TC = 0x0200,
	DNS_RD = 0x0100,
	DNS_RA = 0x0080,
	DNS_Z = 0x0040,
	DNS_AD = 0x0020,
	DNS_CD = 0x0010,
	DNS_RCODE_MASK = 0x000f,
};

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16,  /* extended: RFC 6891 section 6.1.3 */
	DNS_BADCOOKIE = 23, /* RFC 7873 section 8 */
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_HINFO = 13,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_DNAME = 39,
	DNS_OPT = 41,
	DNS_DS = 43,
	DNS_RRSIG = 46,
	DNS_NSEC = 47,
	DNS_DNSKEY = 48,
	DNS_NSEC3 = 50,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
	DNS_TKEY = 249,
	DNS_TSIG = 250,
	DNS_IXFR = 251,
	DNS_AXFR = 252,
	DNS_ANY = 255,
};

enum { DNS_IN = 1, DNS_CH = 3, DNS_CLASS_ANY = 255 };

/* EDNS options and flags: RFC 6891, 7873, 8914. */
enum {
	DNS_OPTION_ECS = 8,
	DNS_OPTION_COOKIE = 10,
	DNS_OPTION_KEEPALIVE = 11,
	DNS_OPTION_PADDING = 12,
	DNS_OPTION_EDE = 15,
	DNS_EDNS_DO = 0x8000,
};

/* Extended DNS errors, RFC 8914 section 4. */
enum dns_ede {
	DNS_EDE_NONE = -1,
	DNS_EDE_OTHER = 0,
	DNS_EDE_STALE_ANSWER = 3,
	DNS_EDE_FORGED = 4,
	DNS_EDE_DNSSEC_BOGUS = 6,
	DNS_EDE_NOT_READY = 14,
	DNS_EDE_BLOCKED = 15,
	DNS_EDE_CENSORED = 16,
	DNS_EDE_FILTERED = 17,
	DNS_EDE_PROHIBITED = 18,
	DNS_EDE_STALE_NXDOMAIN = 19,
	DNS_EDE_NO_REACHABLE_AUTHORITY = 22,
	DNS_EDE_NETWORK_ERROR = 23,
};
