-- SHA-512-256 of a telephone's secret (RFC 8760 §2). A secret that was made before has none, and
-- its telephone is asked for the other algorithms until it is rotated.
ALTER TABLE sip_secret ADD COLUMN ha1_sha512_256 BLOB;
