-- The audit trail: append-only. docs/audit.md has the bytes of an entry.
CREATE TABLE audit (
	seq BIGINT PRIMARY KEY,     -- 0, 1, 2 ... without a gap
	at BIGINT NOT NULL,         -- the hour
	member BIGINT NOT NULL,     -- 0: the desk itself
	role BIGINT NOT NULL,
	action TEXT NOT NULL,       -- "case.confirm", "message.open", "refused"
	report BLOB,
	object TEXT,                -- a code, a number, a path; never words of a report
	detail TEXT,
	leaf BLOB NOT NULL,         -- RFC 9162 leaf hash of the entry
	chain BLOB NOT NULL         -- SHA-256(0x02 | chain before | leaf)
);
CREATE INDEX audit_report ON audit (report, seq);
CREATE INDEX audit_member ON audit (member, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE TABLE audit_head (
	id BIGINT PRIMARY KEY,      -- 1: there is one row
	size BIGINT NOT NULL,
	chain BLOB NOT NULL,
	edge BLOB NOT NULL          -- roots of the perfect subtrees, largest first
);
-- There from the beginning, so that a head that is gone later is a head that was taken away.
INSERT INTO audit_head (id, size, chain, edge) VALUES (1, 0, CAST('' AS BLOB), CAST('' AS BLOB));
-- Signed heads (C2SP signed notes), also to be kept elsewhere.
CREATE TABLE audit_note (
	size BIGINT PRIMARY KEY,
	note TEXT NOT NULL,
	edge BLOB NOT NULL          -- of the trail at that size: what a proof to a later head is made of
);
