-- The recipient's key that a packet was released for: it is made for this one alone. NULL: for paper only, or not released.
ALTER TABLE packet ADD COLUMN released_key BLOB;
