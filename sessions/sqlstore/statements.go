package sqlstore

import (
	"fmt"
	"strings"
)

// The limits of ids, names and values, in bytes. The store checks them, because MySQL cuts off longer texts if its
// mode is not strict. Longer names do not fit into an index.
const (
	maxID    = 128
	maxName  = 1024
	maxValue = 16<<20 - 1
)

// live is the condition for the row of a session that has not expired. Its parameters are the id and the time.
const live = " WHERE id = ? AND expires > ?"

// statements is the SQL of a store.
//
// A session has an id, which changes, and a root, which does not: its first id. The root is the key of its row
// and of its values, and earlier ids have redirects to it. So a statement that removes by the root cannot miss
// a session that moves at the same moment.
//
// Only the holder of the lock of its row may change the values of a session. The statements touch, modify,
// rename and remove lock the row. They increment its version, since MySQL does not count a row as affected if
// it is the same afterwards.
type statements struct {
	dialect Dialect
	names   *strings.Replacer

	load, list, value         string
	create, touch, modify     string
	rename, redirect          string
	root, remove, clear       string
	clearByID                 string
	removeUser                string
	expired, expiredRedirects string
}

// root is an expression for the root of a session, which may have expired. Its parameter is the id.
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

	// A value that is too large is not transferred; its length is enough to refuse it.
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
	s.redirect = s.text("INSERT INTO {moved} (id, root, expires) VALUES (?, " + root + ", ?)")
	s.root = s.text("SELECT root FROM {sessions} WHERE id = ? UNION ALL SELECT root FROM {moved} WHERE id = ?")
	s.remove = s.text("DELETE FROM {sessions} WHERE root = ?")
	s.clear = s.text("DELETE FROM {values} WHERE root = ?")
	s.clearByID = s.text("DELETE FROM {values} WHERE root = " + root)
	// If another transaction moves a session of the user at the same moment, the database waits for it and then
	// finds that the row still matches, since only its id has changed.
	s.removeUser = s.text("DELETE FROM {sessions} WHERE owner = ? RETURNING root")
	if d == MySQL { // MySQL has no RETURNING, but removes from two tables at once
		s.removeUser = s.text("DELETE s, v FROM {sessions} s LEFT JOIN {values} v ON v.root = s.root WHERE s.owner = ?")
	}
	const expired = " WHERE expires <= ? ORDER BY expires LIMIT ?"
	s.expired, s.expiredRedirects = s.text("SELECT root FROM {sessions}"+expired), s.text("SELECT id FROM {moved}"+expired)
	if d != SQLite { // SQLite has one writer anyway
		s.expired += " FOR UPDATE SKIP LOCKED"
		s.expiredRedirects += " FOR UPDATE SKIP LOCKED"
	}
	return s
}

// text returns the statement of a template, with the names of the tables and with the parameters in the style of
// the database.
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

// set returns the statement that writes n values, new or existing.
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

// sweepRedirects returns the statement that removes the redirects of n earlier ids.
func (s *statements) sweepRedirects(n int) []string {
	return []string{s.text("DELETE FROM {moved} WHERE id IN (" + times("?", n) + ")")}
}

func times(item string, n int) string { return strings.Repeat(item+", ", n-1) + item }
