ALTER TABLE staff ADD COLUMN mail TEXT;      -- for alerts without content; NULL: none
ALTER TABLE staff ADD COLUMN pager TEXT;     -- an address that wakes (mail to SMS); NULL: mail
ALTER TABLE staff ADD COLUMN gone BIGINT;    -- when they left; NULL: works here
-- The second factor: TOTP secret, boxed by the key process; the last step used, so that a code serves once.
CREATE TABLE factor (
	member BIGINT PRIMARY KEY,
	secret BLOB NOT NULL,
	step BIGINT NOT NULL,
	created BIGINT NOT NULL,
	wrong BIGINT NOT NULL,      -- codes that were wrong one after the other, and when the last was tried
	tried BIGINT NOT NULL
);
CREATE TABLE factor_code (
	member BIGINT NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (member, hash)
);
-- 0: password given, second factor still to come; 1: signed in.
ALTER TABLE staff_session ADD COLUMN whole BIGINT NOT NULL DEFAULT 1;
-- Who is on the desk, and whom a P0 wakes.
CREATE TABLE shift (
	id BLOB PRIMARY KEY,
	member BIGINT NOT NULL,
	duty TEXT NOT NULL,         -- desk, oncall
	starts BIGINT NOT NULL,
	ends BIGINT NOT NULL
);
CREATE INDEX shift_time ON shift (ends, starts);
-- Texts sealed to a unit's epoch that belong to no report: handovers, data-subject requests.
CREATE TABLE sealed (
	id BLOB PRIMARY KEY,        -- the `report` of its seal_place; sequence 0
	kind TEXT NOT NULL,         -- handover, request
	unit TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	wrap BLOB NOT NULL,
	blob BLOB NOT NULL,
	author BIGINT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX sealed_kind ON sealed (kind, unit, at);
-- Requests of data subjects (law 09-08: access, rectification, objection).
CREATE TABLE request (
	id BLOB PRIMARY KEY REFERENCES sealed (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,         -- access, rectification, objection
	state TEXT NOT NULL,        -- open, answered, refused
	received BIGINT NOT NULL,
	due BIGINT NOT NULL,        -- the end of the last day of the term
	ended BIGINT,
	reason BLOB REFERENCES sealed (id) -- what was answered, or why not
);
CREATE INDEX request_due ON request (state, due);
CREATE TABLE saved_view (
	member BIGINT NOT NULL,
	name TEXT NOT NULL,
	query TEXT NOT NULL,
	PRIMARY KEY (member, name)
);
-- Messages opened in a shift (its start: the hour of the first), for the pause that is offered.
CREATE TABLE exposure (
	member BIGINT NOT NULL,
	starts BIGINT NOT NULL,
	n BIGINT NOT NULL,
	allowed BIGINT NOT NULL,    -- up to this many without asking
	offered BIGINT NOT NULL,    -- pauses offered, and taken
	paused BIGINT NOT NULL,
	PRIMARY KEY (member, starts)
);
-- Territorial units and other recipients, as this desk has confirmed them.
CREATE TABLE unit (
	code TEXT PRIMARY KEY,      -- of territories.csv
	name TEXT NOT NULL,         -- "CAPE ..." as it calls itself
	phone TEXT, mail TEXT,
	confirmed BIGINT NOT NULL,  -- day, Unix; older than 183 days counts as not confirmed
	confirmed_by BIGINT NOT NULL,
	active BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE recipient (
	id BLOB PRIMARY KEY,
	kind TEXT NOT NULL,         -- police, prosecutor, and those of notice.kind
	name TEXT NOT NULL,
	language TEXT NOT NULL,
	mail TEXT, postal TEXT, form TEXT, -- form: an address people open by hand
	key BLOB,                   -- X25519 public, for sealed packets; NULL: paper only
	confirmed BIGINT NOT NULL,
	confirmed_by BIGINT NOT NULL,
	active BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1
);
-- Mail without content that waits for the local MTA.
CREATE TABLE outbox (
	id BLOB PRIMARY KEY,
	kind TEXT NOT NULL,         -- post_kind name
	address TEXT NOT NULL,
	language TEXT NOT NULL,
	about TEXT,                 -- "2 late", a short number; never words of a report
	due BIGINT NOT NULL,
	tries BIGINT NOT NULL,
	made BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due);
-- One alert of a kind for one thing: what was told is not told again.
CREATE TABLE told (
	thing BLOB NOT NULL,
	kind TEXT NOT NULL,
	step BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (thing, kind, step)
);
-- One-time links for who has forgotten a password: the token is the temporary password, only its hash stands here.
CREATE TABLE reset (
	hash BLOB PRIMARY KEY,
	member BIGINT NOT NULL,
	expires BIGINT NOT NULL
);
