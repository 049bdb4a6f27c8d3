-- Handover packets for police or prosecutor: one person prepares, a supervisor who is another releases. What goes
-- in, and the covering letter, are sealed to the national desk; the packet itself is made anew and never kept.
CREATE TABLE packet (
	id BLOB PRIMARY KEY,
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	recipient BLOB NOT NULL,    -- of table recipient
	state TEXT NOT NULL,        -- prepared, released, refused
	version BIGINT NOT NULL,
	language TEXT NOT NULL,
	epoch BIGINT NOT NULL,      -- the national desk's, that the key of the blob is wrapped to
	wrap BLOB NOT NULL,
	blob BLOB NOT NULL,         -- message 0 under the packet's own number
	prepared_by BIGINT NOT NULL,
	prepared BIGINT NOT NULL,   -- the hour
	decided_by BIGINT,
	decided BIGINT,
	made BIGINT NOT NULL DEFAULT 0, -- how often
	hash BLOB                   -- SHA-256 of the sealed file made last
);
CREATE INDEX packet_report ON packet (report);
CREATE INDEX packet_state ON packet (state, prepared);
