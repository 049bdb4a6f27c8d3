-- Who works here. Keys are in the key process, never here; names stand in clear for colleagues.
CREATE TABLE staff (
	member BIGINT PRIMARY KEY, -- number in the key process
	name TEXT NOT NULL,
	role BIGINT NOT NULL,      -- enum keys_role
	unit TEXT NOT NULL,
	language TEXT NOT NULL,
	sign_in TEXT NOT NULL UNIQUE, -- what is typed at sign-in, lower case
	created BIGINT NOT NULL
);
-- One-time links: only the hash of the token stands here.
CREATE TABLE invite (
	hash BLOB PRIMARY KEY,
	role BIGINT NOT NULL,
	unit TEXT NOT NULL,
	name TEXT NOT NULL,
	expires BIGINT NOT NULL
);
-- A session of a browser: the hash of its cookie, and the key process's session sealed under the cookie.
CREATE TABLE staff_session (
	hash BLOB PRIMARY KEY,
	member BIGINT NOT NULL,
	keys BLOB NOT NULL,
	created BIGINT NOT NULL,
	seen BIGINT NOT NULL
);
CREATE INDEX staff_session_member ON staff_session (member);
