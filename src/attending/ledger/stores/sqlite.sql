-- The ledger in SQLite. One statement per name; the same names as postgres.sql.

-- name: settings
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;

-- name: durable
-- WAL with anything below FULL (2) loses acknowledged commits at a power cut.
SELECT
  (SELECT journal_mode FROM pragma_journal_mode) = 'wal'
  AND (SELECT synchronous FROM pragma_synchronous) >= 2
  AND (SELECT secure_delete FROM pragma_secure_delete) = 1;

-- name: schema
CREATE TABLE IF NOT EXISTS fact (
  idx INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  use_case TEXT,
  site TEXT,
  release TEXT,
  content BLOB,
  salt BLOB,
  leaf BLOB NOT NULL,
  bytes BLOB,
  erased_by INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS fact_key ON fact (key, content);
CREATE INDEX IF NOT EXISTS fact_kind ON fact (kind, idx, use_case);
CREATE TABLE IF NOT EXISTS payload (
  digest TEXT PRIMARY KEY,
  nonce BLOB NOT NULL,
  sealed BLOB NOT NULL
);

-- name: begin
BEGIN IMMEDIATE;

-- name: commit
COMMIT;

-- name: tip
SELECT idx + 1, leaf FROM fact ORDER BY idx DESC LIMIT 1;

-- name: leaves
SELECT idx, leaf FROM fact WHERE idx >= ? ORDER BY idx LIMIT ?;

-- name: versions
SELECT key, idx, content FROM fact WHERE key IN (SELECT value FROM json_each(?));

-- name: insert
INSERT INTO fact (idx, kind, key, use_case, site, release, content, salt, leaf, bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: keep
INSERT INTO payload (digest, nonce, sealed) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING;

-- name: sealed
SELECT digest, nonce, sealed FROM payload WHERE digest = ?;

-- name: drop
DELETE FROM payload WHERE digest = ?;

-- name: erase
UPDATE fact SET bytes = NULL, salt = NULL, content = NULL, erased_by = ? WHERE idx = ?;

-- name: scrub
PRAGMA wal_checkpoint(TRUNCATE);

-- name: rows
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?;

-- name: rows_of_kind
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE kind = ? AND idx >= ? AND idx < ? ORDER BY idx LIMIT ?;

-- name: rows_of_use_case
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE use_case = ? AND idx >= ? AND idx < ? ORDER BY idx LIMIT ?;

-- name: rows_of_kind_and_use_case
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE kind = ? AND use_case = ? AND idx >= ? AND idx < ? ORDER BY idx LIMIT ?;

-- name: latest
SELECT max(idx) FROM fact WHERE key = ?;
