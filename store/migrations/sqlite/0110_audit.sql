-- Who changed what. `evidence` is the entry as its hash was taken over it; the other columns repeat
-- what a search asks for.
CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    actor    BLOB,
    verb     TEXT   NOT NULL,
    resource TEXT   NOT NULL,
    object   BLOB,
    ending   TEXT   NOT NULL,
    evidence TEXT   NOT NULL,
    hash     BLOB   NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, sequence);
CREATE INDEX audit_object ON audit (object, sequence);
CREATE INDEX audit_resource ON audit (resource, sequence);
