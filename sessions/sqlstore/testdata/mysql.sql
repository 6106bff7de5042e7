-- Schema
CREATE TABLE IF NOT EXISTS `soay_sessions_schema` (version BIGINT NOT NULL PRIMARY KEY)
CREATE TABLE IF NOT EXISTS `soay_sessions` (root VARBINARY(128) NOT NULL PRIMARY KEY, id VARBINARY(128) NOT NULL UNIQUE, owner VARBINARY(1024) NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL, expires BIGINT NOT NULL, version BIGINT NOT NULL, INDEX `soay_sessions_owner` (owner), INDEX `soay_sessions_expires` (expires)) ENGINE = InnoDB
CREATE TABLE IF NOT EXISTS `soay_sessions_values` (root VARBINARY(128) NOT NULL, name VARBINARY(1024) NOT NULL, value MEDIUMBLOB NOT NULL, PRIMARY KEY (root, name)) ENGINE = InnoDB
CREATE TABLE IF NOT EXISTS `soay_sessions_moved` (id VARBINARY(128) NOT NULL PRIMARY KEY, root VARBINARY(128) NOT NULL, expires BIGINT NOT NULL, INDEX `soay_sessions_moved_expires` (expires)) ENGINE = InnoDB
INSERT INTO `soay_sessions_schema` (version) VALUES (1)

-- Migrate
SHOW SESSION VARIABLES WHERE Variable_name IN ('autocommit', 'tx_isolation', 'transaction_isolation')
SELECT MAX(version) FROM `soay_sessions_schema`
SELECT GET_LOCK(MD5(CONCAT('soay sqlstore ', DATABASE(), ?)), 1) -- 1 parameters
CREATE TABLE IF NOT EXISTS `soay_sessions_schema` (version BIGINT NOT NULL PRIMARY KEY)
SELECT MAX(version) FROM `soay_sessions_schema`
CREATE TABLE IF NOT EXISTS `soay_sessions` (root VARBINARY(128) NOT NULL PRIMARY KEY, id VARBINARY(128) NOT NULL UNIQUE, owner VARBINARY(1024) NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL, expires BIGINT NOT NULL, version BIGINT NOT NULL, INDEX `soay_sessions_owner` (owner), INDEX `soay_sessions_expires` (expires)) ENGINE = InnoDB
CREATE TABLE IF NOT EXISTS `soay_sessions_values` (root VARBINARY(128) NOT NULL, name VARBINARY(1024) NOT NULL, value MEDIUMBLOB NOT NULL, PRIMARY KEY (root, name)) ENGINE = InnoDB
CREATE TABLE IF NOT EXISTS `soay_sessions_moved` (id VARBINARY(128) NOT NULL PRIMARY KEY, root VARBINARY(128) NOT NULL, expires BIGINT NOT NULL, INDEX `soay_sessions_moved_expires` (expires)) ENGINE = InnoDB
INSERT INTO `soay_sessions_schema` (version) VALUES (?) -- 1 parameters
DO RELEASE_LOCK(MD5(CONCAT('soay sqlstore ', DATABASE(), ?))) -- 1 parameters
SELECT root, id, owner, created, seen, expires, version FROM `soay_sessions` WHERE 1 = 0
SELECT root, name, value FROM `soay_sessions_values` WHERE 1 = 0
SELECT id, root, expires FROM `soay_sessions_moved` WHERE 1 = 0

-- Create, and a sweep, which is due
BEGIN Read Committed
INSERT INTO `soay_sessions` (root, id, owner, created, seen, expires, version) VALUES (?, ?, ?, ?, ?, ?, 1) -- 6 parameters
INSERT INTO `soay_sessions_values` (root, name, value) VALUES ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?), ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value) -- 6 parameters
COMMIT
BEGIN Read Committed
SELECT root FROM `soay_sessions` WHERE expires <= ? ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED -- 2 parameters
DELETE FROM `soay_sessions` WHERE root IN (?) -- 1 parameters
DELETE FROM `soay_sessions_values` WHERE root IN (?) -- 1 parameters
SELECT id FROM `soay_sessions_moved` WHERE expires <= ? ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED -- 2 parameters
DELETE FROM `soay_sessions_moved` WHERE id IN (?) -- 1 parameters
COMMIT

-- Load
SELECT s.owner, s.created, s.seen, s.expires, v.name, length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root WHERE s.id = ? AND s.expires > ? -- 2 parameters

-- ListUser
SELECT id FROM `soay_sessions` WHERE owner = ? AND expires > ? -- 2 parameters

-- Update of the times
UPDATE `soay_sessions` SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters

-- Update of the user
UPDATE `soay_sessions` SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters

-- Update of values
BEGIN Read Committed
UPDATE `soay_sessions` SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters
DELETE FROM `soay_sessions_values` WHERE root = (SELECT root FROM `soay_sessions` WHERE id = ?) AND name IN (?, ?) -- 3 parameters
INSERT INTO `soay_sessions_values` (root, name, value) VALUES ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?), ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?), ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value) -- 9 parameters
COMMIT

-- Update that clears
BEGIN Read Committed
UPDATE `soay_sessions` SET version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 6 parameters
DELETE FROM `soay_sessions_values` WHERE root = (SELECT root FROM `soay_sessions` WHERE id = ?) -- 1 parameters
INSERT INTO `soay_sessions_values` (root, name, value) VALUES ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value) -- 3 parameters
COMMIT

-- Modify
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
BEGIN Read Committed
UPDATE `soay_sessions` SET version = version + 1 WHERE id = ? AND expires > ? -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
INSERT INTO `soay_sessions_values` (root, name, value) VALUES ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value) -- 3 parameters
COMMIT

-- Modify that removes
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
BEGIN Read Committed
UPDATE `soay_sessions` SET version = version + 1 WHERE id = ? AND expires > ? -- 2 parameters
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters
DELETE FROM `soay_sessions_values` WHERE root = (SELECT root FROM `soay_sessions` WHERE id = ?) AND name IN (?) -- 2 parameters
COMMIT

-- Modify that changes nothing
SELECT length(v.value), CASE WHEN length(v.value) <= 16777215 THEN v.value END FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ? -- 3 parameters

-- Rename
BEGIN Read Committed
UPDATE `soay_sessions` SET id = ?, version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ? WHERE id = ? AND expires > ? -- 7 parameters
INSERT INTO `soay_sessions_moved` (id, root, expires) VALUES (?, (SELECT root FROM `soay_sessions` WHERE id = ?), ?) -- 3 parameters
DELETE FROM `soay_sessions_values` WHERE root = (SELECT root FROM `soay_sessions` WHERE id = ?) AND name IN (?) -- 2 parameters
INSERT INTO `soay_sessions_values` (root, name, value) VALUES ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?), ((SELECT root FROM `soay_sessions` WHERE id = ?), ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value) -- 6 parameters
COMMIT

-- Delete
SELECT root FROM `soay_sessions` WHERE id = ? UNION ALL SELECT root FROM `soay_sessions_moved` WHERE id = ? -- 2 parameters
BEGIN Read Committed
DELETE FROM `soay_sessions` WHERE root = ? -- 1 parameters
DELETE FROM `soay_sessions_values` WHERE root = ? -- 1 parameters
COMMIT

-- DeleteUser
BEGIN Read Committed
DELETE s, v FROM `soay_sessions` s LEFT JOIN `soay_sessions_values` v ON v.root = s.root WHERE s.owner = ? -- 1 parameters
COMMIT

