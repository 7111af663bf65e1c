-- What a carrier that wants proof knows us by. A digest's client needs the password itself.
CREATE TABLE trunk_secret (
    trunk    BLOB NOT NULL PRIMARY KEY REFERENCES trunk (id) ON DELETE CASCADE,
    username TEXT NOT NULL,
    password TEXT NOT NULL
);
