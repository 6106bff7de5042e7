-- Schema
CREATE TABLE IF NOT EXISTS "soay_sessions_schema" (version BIGINT NOT NULL PRIMARY KEY)
CREATE TABLE "soay_sessions" (root TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner BLOB NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID
CREATE INDEX "soay_sessions_owner" ON "soay_sessions" (owner)
CREATE INDEX "soay_sessions_expires" ON "soay_sessions" (expires)
CREATE TABLE "soay_sessions_values" (root TEXT NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (root, name)) STRICT, WITHOUT ROWID
CREATE TABLE "soay_sessions_moved" (id TEXT NOT NULL PRIMARY KEY, root TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID
CREATE INDEX "soay_sessions_moved_expires" ON "soay_sessions_moved" (expires)
INSERT INTO "soay_sessions_schema" (version) VALUES (1)

-- Migrate
SELECT MAX(version) FROM "soay_sessions_schema"
BEGIN
CREATE TABLE IF NOT EXISTS "soay_sessions_schema" (version BIGINT NOT NULL PRIMARY KEY)
SELECT MAX(version) FROM "soay_sessions_schema"
CREATE TABLE "soay_sessions" (root TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner BLOB NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID
CREATE INDEX "soay_sessions_owner" ON "soay_sessions" (owner)
CREATE INDEX "soay_sessions_expires" ON "soay_sessions" (expires)
CREATE TABLE "soay_sessions_values" (root TEXT NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (root, name)) STRICT, WITHOUT ROWID
CREATE TABLE "soay_sessions_moved" (id TEXT NOT NULL PRIMARY KEY, root TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID
CREATE INDEX "soay_sessions_moved_expires" ON "soay_sessions_moved" (expires)
INSERT INTO "soay_sessions_schema" (version) VALUES (?) -- 1 parameters
COMMIT
SELECT root, id, owner, created, seen, expires, version FROM "soay_sessions" WHERE 1 = 0
SELECT root, name, value FROM "soay_sessions_values" WHERE 1 = 0
SELECT id, root, expires FROM "soay_sessions_moved" WHERE 1 = 0

-- Create, and a sweep, which is due
BEGIN
INSERT INTO "soay_sessions" (root, id, owner, created, seen, expires, version) VALUES (?, ?, ?, ?, ?, ?, 1) -- 6 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?), ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 6 parameters
COMMIT
BEGIN
SELECT root FROM "soay_sessions" WHERE expires <= ? ORDER BY expires LIMIT ? -- 2 parameters
DELETE FROM "soay_sessions" WHERE root IN (?) -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root IN (?) -- 1 parameters
SELECT id FROM "soay_sessions_moved" WHERE expires <= ? ORDER BY expires LIMIT ? -- 2 parameters
DELETE FROM "soay_sessions_moved" WHERE id IN (?) -- 1 parameters
COMMIT

-- Load
SELECT s.owner, s.created, s.seen, s.expires, v.name, length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root WHERE s.id = ? AND s.expires > ? -- 2 parameters

-- ListUser
SELECT id FROM "soay_sessions" WHERE owner = ? AND expires > ? -- 2 parameters

-- Update of the times
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters

-- Update of the user
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters

-- Update of values
BEGIN
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = ?) AND name IN (?, ?) -- 3 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?), ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?), ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 9 parameters
COMMIT

-- Update that clears
BEGIN
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = ?) -- 1 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 3 parameters
COMMIT

-- Modify
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
BEGIN
UPDATE "soay_sessions" SET version = version + 1 WHERE id = ? AND expires > ? -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 3 parameters
COMMIT

-- Modify that removes
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
BEGIN
UPDATE "soay_sessions" SET version = version + 1 WHERE id = ? AND expires > ? -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = ?) AND name IN (?) -- 2 parameters
COMMIT

-- Modify that changes nothing
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters

-- Rename
BEGIN
UPDATE "soay_sessions" SET id = ?, version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 7 parameters
INSERT INTO "soay_sessions_moved" (id, root, expires) VALUES (?, (SELECT root FROM "soay_sessions" WHERE id = ?), ?) -- 3 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = ?) AND name IN (?) -- 2 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?), ((SELECT root FROM "soay_sessions" WHERE id = ?), ?, ?) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 6 parameters
COMMIT

-- Delete
SELECT root FROM "soay_sessions" WHERE id = ? UNION ALL SELECT root FROM "soay_sessions_moved" WHERE id = ? -- 2 parameters
BEGIN
DELETE FROM "soay_sessions" WHERE root = ? -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root = ? -- 1 parameters
COMMIT

-- DeleteUser
BEGIN
DELETE FROM "soay_sessions" WHERE owner = ? RETURNING root -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root IN (?) -- 1 parameters
COMMIT

