-- What stands in clear is what queues and figures need (DESIGN, Sealing 9): state, unit, priority,
-- coarse kind, region (never the province), class, due bucket. All else is in message.blob.
CREATE TABLE setting (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
CREATE TABLE report (
	id BLOB PRIMARY KEY,
	state TEXT NOT NULL,        -- "received", then those of the case's rules
	unit TEXT NOT NULL,         -- who has it: "national", or a local unit after referral
	priority BIGINT NOT NULL,   -- enum priority
	kind TEXT NOT NULL,         -- report_kind_name
	region TEXT,                -- ISO 3166-2 of the region; NULL: not known
	class BIGINT NOT NULL,      -- enum keys_class
	due BIGINT NOT NULL,        -- when a human must have acted: a whole hour, rounded up
	received BIGINT NOT NULL,   -- exact until opened, then the hour
	opened BIGINT,              -- the hour; NULL: nobody has
	status BIGINT NOT NULL,     -- enum coarse: what the reporter is told
	restricted BIGINT NOT NULL, -- 1: somebody at the desk is concerned; supervisors only
	lookup BLOB UNIQUE,         -- of the receipt; NULL: without one
	mailbox BLOB                -- public key
);
CREATE INDEX report_queue ON report (unit, state, priority, due);
CREATE TABLE message (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	seq BIGINT NOT NULL,
	type BIGINT NOT NULL,       -- enum seal_type
	number BIGINT NOT NULL,     -- which key: 0 the report's
	blob BLOB NOT NULL,
	at BIGINT NOT NULL,         -- exact until the report is opened, then the hour
	PRIMARY KEY (report, seq)
);
-- A key of a report, wrapped to an epoch; triage and referral add one and delete the old.
CREATE TABLE wrap (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	number BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (report, number, epoch)
);
CREATE INDEX wrap_epoch ON wrap (epoch);
-- Sealed to the reporter, outer layer under S. Who wrote is inside.
CREATE TABLE mailbox (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	seq BIGINT NOT NULL,        -- of the message it is a copy of
	blob BLOB NOT NULL,
	at BIGINT NOT NULL,         -- the hour
	PRIMARY KEY (report, seq)
);
CREATE TABLE blind (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	epoch BIGINT NOT NULL,
	kind BIGINT NOT NULL,       -- enum seal_blind_kind
	value BLOB NOT NULL,
	PRIMARY KEY (report, epoch, kind, value)
);
CREATE INDEX blind_value ON blind (epoch, kind, value);
-- Numbers of submissions, so that one sent twice is one; kept as long as a form lives.
CREATE TABLE once (
	value BLOB PRIMARY KEY,
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	at BIGINT NOT NULL          -- the hour
);
CREATE INDEX once_at ON once (at);
-- Counted at transitions; small numbers are hidden where they are published.
CREATE TABLE figure (
	month BIGINT NOT NULL,      -- 202611
	kind TEXT NOT NULL,
	priority BIGINT NOT NULL,
	region TEXT NOT NULL,       -- "": not known
	state TEXT NOT NULL,        -- entered
	n BIGINT NOT NULL,
	PRIMARY KEY (month, kind, priority, region, state)
);
