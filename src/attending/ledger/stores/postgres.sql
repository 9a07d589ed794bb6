-- The ledger in PostgreSQL. One statement per name; the same names as sqlite.sql.

-- name: settings
SET standard_conforming_strings = on;

-- name: durable
-- synchronous_commit = off acknowledges before the log is on disk; fsync = off never waits for it.
SELECT
  current_setting('synchronous_commit') <> 'off'
  AND current_setting('fsync') = 'on'
  AND current_setting('full_page_writes') = 'on';

-- name: schema
SELECT pg_advisory_xact_lock(6962);
CREATE TABLE IF NOT EXISTS fact (
  idx BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  use_case TEXT,
  site TEXT,
  release TEXT,
  content BYTEA,
  salt BYTEA,
  leaf BYTEA NOT NULL,
  bytes BYTEA,
  erased_by BIGINT
);
CREATE UNIQUE INDEX IF NOT EXISTS fact_key ON fact (key, content);
CREATE INDEX IF NOT EXISTS fact_kind ON fact (kind, idx, use_case);
CREATE TABLE IF NOT EXISTS payload (
  digest TEXT PRIMARY KEY,
  nonce BYTEA NOT NULL,
  sealed BYTEA NOT NULL
);

-- name: begin
BEGIN;
LOCK TABLE fact IN EXCLUSIVE MODE;

-- name: commit
COMMIT;

-- name: tip
SELECT idx + 1, leaf FROM fact ORDER BY idx DESC LIMIT 1;

-- name: leaves
SELECT idx, leaf FROM fact WHERE idx >= %s ORDER BY idx LIMIT %s;

-- name: versions
SELECT key, idx, content FROM fact WHERE key = ANY (ARRAY(SELECT json_array_elements_text(%s::json)));

-- name: insert
INSERT INTO fact (idx, kind, key, use_case, site, release, content, salt, leaf, bytes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: keep
INSERT INTO payload (digest, nonce, sealed) VALUES (%s, %s, %s) ON CONFLICT (digest) DO NOTHING;

-- name: sealed
SELECT digest, nonce, sealed FROM payload WHERE digest = %s;

-- name: drop
DELETE FROM payload WHERE digest = %s;

-- name: erase
UPDATE fact SET bytes = NULL, salt = NULL, content = NULL, erased_by = %s WHERE idx = %s;

-- name: scrub
VACUUM fact, payload;

-- name: rows
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE idx >= %s AND idx < %s ORDER BY idx LIMIT %s;

-- name: rows_of_kind
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE kind = %s AND idx >= %s AND idx < %s ORDER BY idx LIMIT %s;

-- name: rows_of_use_case
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE use_case = %s AND idx >= %s AND idx < %s ORDER BY idx LIMIT %s;

-- name: rows_of_kind_and_use_case
SELECT idx, kind, key, use_case, site, release, content, salt, leaf, bytes, erased_by
FROM fact WHERE kind = %s AND use_case = %s AND idx >= %s AND idx < %s ORDER BY idx LIMIT %s;

-- name: latest
SELECT max(idx) FROM fact WHERE key = %s;
