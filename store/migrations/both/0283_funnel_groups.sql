-- Whose consent ends, by the groups that the funnel counts: each is one stretch of the index.
DROP INDEX lead_consent_until;
CREATE INDEX lead_consent_until ON lead (list, status, attempts, place, consent_level,
    consent_until, consent_from, next_due_at) WHERE consent_until IS NOT NULL;
