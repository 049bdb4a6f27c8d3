-- Partners' systems: the hash of a key, never the key.
CREATE TABLE partner_key (
	hash BLOB PRIMARY KEY,
	organisation TEXT NOT NULL,
	sector TEXT NOT NULL,       -- code of data/desk/sectors.csv
	scopes TEXT NOT NULL,       -- "reports:write reports:read"
	created BIGINT NOT NULL,
	revoked BIGINT              -- NULL: good
);
-- What an idempotency key stood for: a keyed fingerprint of the request, which the database alone
-- cannot check a guess against.
CREATE TABLE partner_request (
	once BLOB PRIMARY KEY,
	fingerprint BLOB NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX partner_request_at ON partner_request (at);
