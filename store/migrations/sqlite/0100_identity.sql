-- What the organisation asks of those who sign in. The document's defaults are the program's.
CREATE TABLE security_policy (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    settings   TEXT    NOT NULL,
    version    BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    -- Wrong passwords of users who do not exist: a write for a known name is a write for any.
    strangers  BIGINT  NOT NULL
);
INSERT INTO security_policy (id, settings, version, created_at, updated_at, strangers)
VALUES (1, '{}', 1, 0, 0, 0);

-- Passwords that an account had before, so that none comes back too soon.
CREATE TABLE former_password (
    account BLOB   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    hash    TEXT   NOT NULL,
    left_at BIGINT NOT NULL
);
CREATE INDEX former_password_account ON former_password (account, left_at);

-- Since when inactivity counts: the last login, or when an administrator let the user in again.
ALTER TABLE account ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;
UPDATE account SET active_at = COALESCE(last_login_at, created_at);

-- Whether a login asks for a code, and whether the user must set that up first.
ALTER TABLE account ADD COLUMN has_totp BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN needs_totp BIGINT NOT NULL DEFAULT 0;

-- Shared secrets of authenticator apps (RFC 6238). `step` is the last that was spent, and 0 while
-- the secret is only proposed.
CREATE TABLE totp (
    account    BLOB   NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret     BLOB   NOT NULL,
    step       BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    tries_from BIGINT NOT NULL
);

-- SHA-256 of codes that each stand in for the app once.
CREATE TABLE recovery_code (
    account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code    BLOB NOT NULL,
    PRIMARY KEY (account, code)
);
