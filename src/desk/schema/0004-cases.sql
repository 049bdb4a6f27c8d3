-- What the desk does with a report. In clear stands what queues, deadlines and figures need; all words
-- (notes, assessments, letters, reasons) are sealed messages. Times about a report are whole hours.
ALTER TABLE report ADD COLUMN version BIGINT NOT NULL DEFAULT 0;  -- each change adds one: two who act at once are told
ALTER TABLE report ADD COLUMN since BIGINT NOT NULL DEFAULT 0;    -- the hour from which `due` counts; 0: as received
ALTER TABLE report ADD COLUMN assigned BIGINT;                    -- member; NULL: nobody
ALTER TABLE report ADD COLUMN work BIGINT NOT NULL DEFAULT 1;     -- 1: somebody at the national desk has still to act
ALTER TABLE report ADD COLUMN main BLOB;                          -- state duplicate: of which report
ALTER TABLE report ADD COLUMN keep_until BIGINT;                  -- erased after this; NULL: not decided yet
ALTER TABLE report ADD COLUMN held BIGINT NOT NULL DEFAULT 0;     -- 1: police hold; nothing is erased, no notice goes out
-- The queue and its counts are answered from these alone: what is sorted by, then what is asked for.
DROP INDEX report_queue;
CREATE INDEX report_open ON report (priority, due, id, state, kind, region, assigned, unit, restricted, opened, since, received) WHERE work = 1;
CREATE INDEX report_all ON report (priority, due, id, state, kind, region, assigned, unit, restricted);
CREATE INDEX report_main ON report (main) WHERE main IS NOT NULL;
CREATE INDEX report_assigned ON report (assigned, priority, due, id) WHERE work = 1;
CREATE INDEX report_restricted ON report (id) WHERE restricted = 1;
CREATE INDEX report_keep ON report (keep_until) WHERE keep_until IS NOT NULL;
-- Messages of staff: who wrote one. NULL: the reporter.
ALTER TABLE message ADD COLUMN author BIGINT;
ALTER TABLE message ADD COLUMN unit TEXT;        -- whose side's it is; NULL: of all who have the report
ALTER TABLE wrap ADD COLUMN unit TEXT NOT NULL DEFAULT 'national'; -- of the epoch
-- A report put before a territorial unit: both sides' view of it.
CREATE TABLE referral (
	id BLOB PRIMARY KEY,
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	unit TEXT NOT NULL,
	state TEXT NOT NULL,        -- case_referral_name
	version BIGINT NOT NULL,
	epoch BIGINT NOT NULL,      -- the unit's, that the report's keys are wrapped to; 0: not (proposed, ended)
	text BIGINT NOT NULL,       -- seq of the message that goes with it; the last reason after that
	proposed_by BIGINT NOT NULL,
	signed_by BIGINT,           -- the supervisor who signed it off; NULL: none was needed, or not yet
	created BIGINT NOT NULL,
	referred BIGINT,            -- the hour it came before the unit; NULL: it has not
	shown BIGINT NOT NULL DEFAULT 0, -- 1: what the unit sees of the report: the open one, else the last that was done
	since BIGINT NOT NULL,
	due BIGINT NOT NULL
);
CREATE INDEX referral_unit ON referral (unit, shown, report, state, due, since);
CREATE INDEX referral_state ON referral (state, due);
CREATE INDEX referral_report ON referral (report);
-- A removal notice. Recipient, addresses and words are sealed in the message `text`.
CREATE TABLE notice (
	id BLOB PRIMARY KEY,
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	state TEXT NOT NULL,        -- case_notice_name
	version BIGINT NOT NULL,
	kind TEXT NOT NULL,         -- of recipient: recipient_kind_name
	channel TEXT NOT NULL,      -- mail, paper, form
	template TEXT NOT NULL,     -- name and version: "hosting-fr-1"
	text BIGINT NOT NULL,
	drafted_by BIGINT NOT NULL,
	sent BIGINT, acknowledged BIGINT, ended BIGINT,
	since BIGINT NOT NULL,
	due BIGINT NOT NULL,
	handed BIGINT               -- the hour before it was given to the MTA; while still drafted: perhaps it went out
);
CREATE INDEX notice_report ON notice (report);
CREATE INDEX notice_due ON notice (due, report) WHERE ended IS NULL;
-- What a person saw elsewhere and typed here at 24, 48, 72 h; hisn never opens an address.
CREATE TABLE recheck (
	notice BLOB NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
	n BIGINT NOT NULL,          -- 1, 2, 3 ...
	due BIGINT NOT NULL,
	at BIGINT,                  -- NULL: not yet
	outcome TEXT,               -- offline, moved, still_up, unclear
	member BIGINT,
	PRIMARY KEY (notice, n)
);
-- A value tells its epoch and kind by itself: it is looked for alone.
DROP INDEX blind_value;
CREATE INDEX blind_text ON blind (value, report);
-- Access for a time: the wrap to `epoch` goes with the row.
CREATE TABLE access (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	unit TEXT NOT NULL,
	member BIGINT NOT NULL,     -- 0: the whole unit
	epoch BIGINT NOT NULL,      -- 0: the unit holds the wraps anyway (a restricted report)
	until BIGINT NOT NULL,
	granted_by BIGINT NOT NULL,
	PRIMARY KEY (report, unit, member)
);
CREATE INDEX access_until ON access (until);
-- Who must not find a report: named by the reporter, or stepped aside.
CREATE TABLE excluded (
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	member BIGINT NOT NULL,
	why TEXT NOT NULL,          -- reporter, recused, supervisor
	PRIMARY KEY (report, member)
);
CREATE INDEX excluded_member ON excluded (member);
CREATE TABLE task (
	id BLOB PRIMARY KEY,
	report BLOB NOT NULL REFERENCES report (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,         -- task, opinion
	member BIGINT,              -- for whom; NULL: anybody of the unit
	unit TEXT NOT NULL,
	text BIGINT NOT NULL,       -- seq of the message
	asked_by BIGINT NOT NULL,
	due BIGINT NOT NULL,
	done BIGINT                 -- the hour; NULL: open
);
CREATE INDEX task_member ON task (member, done, due);
CREATE INDEX task_report ON task (report);
-- How long each step took, in classes, so that no case's own times stay.
CREATE TABLE figure_step (
	month BIGINT NOT NULL,
	step TEXT NOT NULL,         -- case_step_name
	priority BIGINT NOT NULL,
	bucket BIGINT NOT NULL,     -- case_bucket
	n BIGINT NOT NULL,
	PRIMARY KEY (month, step, priority, bucket)
);
