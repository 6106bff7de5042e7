package sqlstore

// schema returns the statement that makes the table of the version.
func (s *statements) schema() string {
	return s.text("CREATE TABLE IF NOT EXISTS {schema} (version BIGINT NOT NULL PRIMARY KEY)")
}

// columns returns a query for each table. It finds no rows, and fails if a column is missing.
func (s *statements) columns() []string {
	return []string{
		s.text("SELECT root, id, owner, created, seen, expires, version FROM {sessions} WHERE 1 = 0"),
		s.text("SELECT root, name, value FROM {values} WHERE 1 = 0"),
		s.text("SELECT id, root, expires FROM {moved} WHERE 1 = 0"),
	}
}

// steps returns the statements that make the tables, by version: the first step leads to version 1. A released
// step is never changed. MySQL commits each statement by itself, so a step there may run again after it has
// failed half-way, and its statements must allow that.
//
// Names and users are bytes in all databases. As texts, some would compare as equal, and others would be
// refused.
func (s *statements) steps() [][]string {
	var first []string
	switch s.dialect {
	case PostgreSQL:
		first = []string{
			`CREATE TABLE {sessions} (root text COLLATE "C" NOT NULL PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, ` +
				`owner bytea NOT NULL, created bigint NOT NULL, seen bigint NOT NULL, expires bigint NOT NULL, version bigint NOT NULL)`,
			`CREATE INDEX {by owner} ON {sessions} (owner)`,
			`CREATE INDEX {by expiry} ON {sessions} (expires)`,
			`CREATE TABLE {values} (root text COLLATE "C" NOT NULL, name bytea NOT NULL, value bytea NOT NULL, ` +
				`PRIMARY KEY (root, name))`,
			`CREATE TABLE {moved} (id text COLLATE "C" NOT NULL PRIMARY KEY, root text COLLATE "C" NOT NULL, expires bigint NOT NULL)`,
			`CREATE INDEX {moved by expiry} ON {moved} (expires)`,
		}
	case SQLite:
		first = []string{
			`CREATE TABLE {sessions} (root TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner BLOB NOT NULL, ` +
				`created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
			`CREATE INDEX {by owner} ON {sessions} (owner)`,
			`CREATE INDEX {by expiry} ON {sessions} (expires)`,
			`CREATE TABLE {values} (root TEXT NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, ` +
				`PRIMARY KEY (root, name)) STRICT, WITHOUT ROWID`,
			`CREATE TABLE {moved} (id TEXT NOT NULL PRIMARY KEY, root TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
			`CREATE INDEX {moved by expiry} ON {moved} (expires)`,
		}
	case MySQL:
		first = []string{
			`CREATE TABLE IF NOT EXISTS {sessions} (root VARBINARY(128) NOT NULL PRIMARY KEY, id VARBINARY(128) NOT NULL UNIQUE, ` +
				`owner VARBINARY(1024) NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL, expires BIGINT NOT NULL, ` +
				`version BIGINT NOT NULL, INDEX {by owner} (owner), INDEX {by expiry} (expires)) ENGINE = InnoDB`,
			`CREATE TABLE IF NOT EXISTS {values} (root VARBINARY(128) NOT NULL, name VARBINARY(1024) NOT NULL, ` +
				`value MEDIUMBLOB NOT NULL, PRIMARY KEY (root, name)) ENGINE = InnoDB`,
			`CREATE TABLE IF NOT EXISTS {moved} (id VARBINARY(128) NOT NULL PRIMARY KEY, root VARBINARY(128) NOT NULL, ` +
				`expires BIGINT NOT NULL, INDEX {moved by expiry} (expires)) ENGINE = InnoDB`,
		}
	}
	for i := range first {
		first[i] = s.text(first[i])
	}
	return [][]string{first}
}
