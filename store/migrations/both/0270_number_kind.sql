-- What kind of line a lead's number is: its numbers take turns, and each keeps its kind.
ALTER TABLE lead ADD COLUMN number_kind TEXT NOT NULL DEFAULT '';
