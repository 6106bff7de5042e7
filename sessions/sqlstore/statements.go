package sqlstore

import (
	"fmt"
	"strings"
)

// The limits of what is kept. MySQL cuts off what is too long when its mode is not strict, and indexes
// bear no more of a name.
const (
	maxID    = 128
	maxName  = 1024
	maxValue = 16<<20 - 1
)

// live are the rows of sessions that have not expired. The next parameters are the id and the time.
const live = " WHERE id = ? AND expires > ?"

// statements is the SQL of a store.
//
// A session has an id, which changes, and a root, which does not: its first id. The root is the key of
// its row and of its values, and leads from all ids that it had to where it is. So a statement that
// removes by the root cannot miss a session that moves at the same moment.
//
// The values of a session may be changed by whoever has the lock of its row, which touch, modify, rename
// and remove take. They count its version up, since MySQL reports only rows that are different
// afterwards.
type statements struct {
	dialect Dialect
	names   *strings.Replacer

	load, list, value      string
	create, touch, modify  string
	rename, trace          string
	root, remove, clear    string
	clearByID              string
	removeUser             string
	expired, expiredTraces string
}

// root is an expression for the root of a live or ended session. Its parameter is the id.
const root = "(SELECT root FROM {sessions} WHERE id = ?)"

func newStatements(d Dialect, table string) *statements {
	quote := `"`
	if d == MySQL {
		quote = "`"
	}
	quoted := func(suffix string) string { return quote + table + suffix + quote }
	s := &statements{dialect: d, names: strings.NewReplacer("{sessions}", quoted(""), "{values}", quoted("_values"),
		"{moved}", quoted("_moved"), "{schema}", quoted("_schema"),
		"{moved by expiry}", quoted("_moved_expires"), "{by owner}", quoted("_owner"), "{by expiry}", quoted("_expires"))}

	// A value that is too large is not even asked for: its length alone tells.
	bounded := fmt.Sprintf("length(v.value), CASE WHEN length(v.value) <= %d THEN v.value END", maxValue)
	s.load = s.text("SELECT s.owner, s.created, s.seen, s.expires, v.name, " + bounded +
		" FROM {sessions} s LEFT JOIN {values} v ON v.root = s.root WHERE s.id = ? AND s.expires > ?")
	s.value = s.text("SELECT " + bounded +
		" FROM {sessions} s LEFT JOIN {values} v ON v.root = s.root AND v.name = ? WHERE s.id = ? AND s.expires > ?")
	s.list = s.text("SELECT id FROM {sessions} WHERE owner = ? AND expires > ?")

	s.create = s.text("INSERT INTO {sessions} (root, id, owner, created, seen, expires, version) VALUES (?, ?, ?, ?, ?, ?, 1)")
	const touched = "version = version + 1, owner = COALESCE(?, owner), created = COALESCE(?, created), seen = ?, expires = ?" + live
	s.touch = s.text("UPDATE {sessions} SET " + touched)
	s.rename = s.text("UPDATE {sessions} SET id = ?, " + touched)
	s.modify = s.text("UPDATE {sessions} SET version = version + 1" + live)
	s.trace = s.text("INSERT INTO {moved} (id, root, expires) VALUES (?, " + root + ", ?)")
	s.root = s.text("SELECT root FROM {sessions} WHERE id = ? UNION ALL SELECT root FROM {moved} WHERE id = ?")
	s.remove = s.text("DELETE FROM {sessions} WHERE root = ?")
	s.clear = s.text("DELETE FROM {values} WHERE root = ?")
	s.clearByID = s.text("DELETE FROM {values} WHERE root = " + root)
	// Whoever moves a session at the same moment is awaited, and then it is still his.
	s.removeUser = s.text("DELETE FROM {sessions} WHERE owner = ? RETURNING root")
	if d == MySQL { // which returns nothing, but removes from two tables at once
		s.removeUser = s.text("DELETE s, v FROM {sessions} s LEFT JOIN {values} v ON v.root = s.root WHERE s.owner = ?")
	}
	const expired = " WHERE expires <= ? ORDER BY expires LIMIT ?"
	s.expired, s.expiredTraces = s.text("SELECT root FROM {sessions}"+expired), s.text("SELECT id FROM {moved}"+expired)
	if d != SQLite { // which has one writer anyway
		s.expired += " FOR UPDATE SKIP LOCKED"
		s.expiredTraces += " FOR UPDATE SKIP LOCKED"
	}
	return s
}

// text puts in the names of the tables, and the parameters as the database wants them.
func (s *statements) text(template string) string {
	template = s.names.Replace(template)
	if s.dialect != PostgreSQL {
		return template
	}
	var b strings.Builder
	for i, part := range strings.Split(template, "?") {
		if i > 0 {
			fmt.Fprintf(&b, "$%d", i)
		}
		b.WriteString(part)
	}
	return b.String()
}

// set returns the statement that writes n values, whether they are there or not.
func (s *statements) set(n int) string {
	end := " ON CONFLICT (root, name) DO UPDATE SET value = excluded.value"
	if s.dialect == MySQL {
		end = " ON DUPLICATE KEY UPDATE value = VALUES(value)"
	}
	return s.text("INSERT INTO {values} (root, name, value) VALUES " + times("("+root+", ?, ?)", n) + end)
}

// unset returns the statement that removes n values.
func (s *statements) unset(n int) string {
	return s.text("DELETE FROM {values} WHERE root = " + root + " AND name IN (" + times("?", n) + ")")
}

// sweep returns the statements that remove n sessions.
func (s *statements) sweep(n int) []string {
	return []string{s.text("DELETE FROM {sessions}" + hasRoot(n)), s.clearAll(n)}
}

// clearAll returns the statement that removes the values of n sessions.
func (s *statements) clearAll(n int) string { return s.text("DELETE FROM {values}" + hasRoot(n)) }

func hasRoot(n int) string { return " WHERE root IN (" + times("?", n) + ")" }

// sweepTraces returns the statement that forgets n ids.
func (s *statements) sweepTraces(n int) []string {
	return []string{s.text("DELETE FROM {moved} WHERE id IN (" + times("?", n) + ")")}
}

func times(item string, n int) string { return strings.Repeat(item+", ", n-1) + item }
