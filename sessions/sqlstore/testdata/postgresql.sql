-- Schema
CREATE TABLE IF NOT EXISTS "soay_sessions_schema" (version BIGINT NOT NULL PRIMARY KEY)
CREATE TABLE "soay_sessions" (root text COLLATE "C" NOT NULL PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, owner bytea NOT NULL, created bigint NOT NULL, seen bigint NOT NULL, expires bigint NOT NULL, version bigint NOT NULL)
CREATE INDEX "soay_sessions_owner" ON "soay_sessions" (owner)
CREATE INDEX "soay_sessions_expires" ON "soay_sessions" (expires)
CREATE TABLE "soay_sessions_values" (root text COLLATE "C" NOT NULL, name bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (root, name))
CREATE TABLE "soay_sessions_moved" (id text COLLATE "C" NOT NULL PRIMARY KEY, root text COLLATE "C" NOT NULL, expires bigint NOT NULL)
CREATE INDEX "soay_sessions_moved_expires" ON "soay_sessions_moved" (expires)
INSERT INTO "soay_sessions_schema" (version) VALUES (1)

-- Migrate
SELECT MAX(version) FROM "soay_sessions_schema"
BEGIN Read Committed
SELECT pg_advisory_xact_lock($1) -- 1 parameters
CREATE TABLE IF NOT EXISTS "soay_sessions_schema" (version BIGINT NOT NULL PRIMARY KEY)
SELECT MAX(version) FROM "soay_sessions_schema"
CREATE TABLE "soay_sessions" (root text COLLATE "C" NOT NULL PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, owner bytea NOT NULL, created bigint NOT NULL, seen bigint NOT NULL, expires bigint NOT NULL, version bigint NOT NULL)
CREATE INDEX "soay_sessions_owner" ON "soay_sessions" (owner)
CREATE INDEX "soay_sessions_expires" ON "soay_sessions" (expires)
CREATE TABLE "soay_sessions_values" (root text COLLATE "C" NOT NULL, name bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (root, name))
CREATE TABLE "soay_sessions_moved" (id text COLLATE "C" NOT NULL PRIMARY KEY, root text COLLATE "C" NOT NULL, expires bigint NOT NULL)
CREATE INDEX "soay_sessions_moved_expires" ON "soay_sessions_moved" (expires)
INSERT INTO "soay_sessions_schema" (version) VALUES ($1) -- 1 parameters
COMMIT
SELECT root, id, owner, created, seen, expires, version FROM "soay_sessions" WHERE 1 = 0
SELECT root, name, value FROM "soay_sessions_values" WHERE 1 = 0
SELECT id, root, expires FROM "soay_sessions_moved" WHERE 1 = 0

-- Create, and a sweep, which is due
BEGIN Read Committed
INSERT INTO "soay_sessions" (root, id, owner, created, seen, expires, version) VALUES ($1, $2, $3, $4, $5, $6, 1) -- 6 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = $1), $2, $3), ((SELECT root FROM "soay_sessions" WHERE id = $4), $5, $6) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 6 parameters
COMMIT
BEGIN Read Committed
SELECT root FROM "soay_sessions" WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED -- 2 parameters
DELETE FROM "soay_sessions" WHERE root IN ($1) -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root IN ($1) -- 1 parameters
SELECT id FROM "soay_sessions_moved" WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED -- 2 parameters
DELETE FROM "soay_sessions_moved" WHERE id IN ($1) -- 1 parameters
COMMIT

-- Load
SELECT s.owner, s.created, s.seen, s.expires, v.name, length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root WHERE s.id = $1 AND s.expires > $2 -- 2 parameters

-- ListUser
SELECT id FROM "soay_sessions" WHERE owner = $1 AND expires > $2 -- 2 parameters

-- Update of the times
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE($1, owner), created = COALESCE($2, created), seen = $3, expires = $4 WHERE id = $5 AND expires > $6 -- 6 parameters

-- Update of the user
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE($1, owner), created = COALESCE($2, created), seen = $3, expires = $4 WHERE id = $5 AND expires > $6 -- 6 parameters

-- Update of values
BEGIN Read Committed
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE($1, owner), created = COALESCE($2, created), seen = $3, expires = $4 WHERE id = $5 AND expires > $6 -- 6 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = $1) AND name IN ($2, $3) -- 3 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = $1), $2, $3), ((SELECT root FROM "soay_sessions" WHERE id = $4), $5, $6), ((SELECT root FROM "soay_sessions" WHERE id = $7), $8, $9) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 9 parameters
COMMIT

-- Update that clears
BEGIN Read Committed
UPDATE "soay_sessions" SET version = version + 1, owner = COALESCE($1, owner), created = COALESCE($2, created), seen = $3, expires = $4 WHERE id = $5 AND expires > $6 -- 6 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = $1) -- 1 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = $1), $2, $3) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 3 parameters
COMMIT

-- Modify
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = $1 WHERE s.id = $2 AND s.expires > $3 -- 3 parameters
BEGIN Read Committed
UPDATE "soay_sessions" SET version = version + 1 WHERE id = $1 AND expires > $2 -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = $1 WHERE s.id = $2 AND s.expires > $3 -- 3 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = $1), $2, $3) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 3 parameters
COMMIT

-- Modify that removes
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = $1 WHERE s.id = $2 AND s.expires > $3 -- 3 parameters
BEGIN Read Committed
UPDATE "soay_sessions" SET version = version + 1 WHERE id = $1 AND expires > $2 -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = $1 WHERE s.id = $2 AND s.expires > $3 -- 3 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = $1) AND name IN ($2) -- 2 parameters
COMMIT

-- Modify that changes nothing
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM "soay_sessions" s LEFT JOIN "soay_sessions_values" v ON v.root = s.root AND v.name = $1 WHERE s.id = $2 AND s.expires > $3 -- 3 parameters

-- Rename
BEGIN Read Committed
UPDATE "soay_sessions" SET id = $1, version = version + 1, owner = COALESCE($2, owner), created = COALESCE($3, created), seen = $4, expires = $5 WHERE id = $6 AND expires > $7 -- 7 parameters
INSERT INTO "soay_sessions_moved" (id, root, expires) VALUES ($1, (SELECT root FROM "soay_sessions" WHERE id = $2), $3) -- 3 parameters
DELETE FROM "soay_sessions_values" WHERE root = (SELECT root FROM "soay_sessions" WHERE id = $1) AND name IN ($2) -- 2 parameters
INSERT INTO "soay_sessions_values" (root, name, value) VALUES ((SELECT root FROM "soay_sessions" WHERE id = $1), $2, $3), ((SELECT root FROM "soay_sessions" WHERE id = $4), $5, $6) ON CONFLICT (root, name) DO UPDATE SET value = excluded.value -- 6 parameters
COMMIT

-- Delete
SELECT root FROM "soay_sessions" WHERE id = $1 UNION ALL SELECT root FROM "soay_sessions_moved" WHERE id = $2 -- 2 parameters
BEGIN Read Committed
DELETE FROM "soay_sessions" WHERE root = $1 -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root = $1 -- 1 parameters
COMMIT

-- DeleteUser
BEGIN Read Committed
DELETE FROM "soay_sessions" WHERE owner = $1 RETURNING root -- 1 parameters
DELETE FROM "soay_sessions_values" WHERE root IN ($1) -- 1 parameters
COMMIT

