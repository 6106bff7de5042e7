package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// checkSettings refuses, before the first use, a MySQL or MariaDB whose settings would break what the store
// promises. Settings that it does not find are as they should be.
//
//   - Without autocommit a connection of the pool keeps reading what was there at its first statement, so a
//     session that was ended on another one goes on.
//   - At READ-UNCOMMITTED a session is read while it is written, and is said to have ended before it has.
func (s *Store) checkSettings(ctx context.Context) error {
	if s.opts.Dialect != MySQL || s.usable.Load() {
		return nil
	}
	rows, err := s.db.QueryContext(ctx, "SHOW SESSION VARIABLES WHERE Variable_name IN "+
		"('autocommit', 'tx_isolation', 'transaction_isolation')")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		name, value = strings.ToLower(name), strings.ToUpper(value)
		switch {
		case name == "autocommit" && value != "ON" && value != "1":
			return errors.New("autocommit is off, so sessions that have ended would go on; set autocommit=1")
		case strings.HasSuffix(name, "isolation") && strings.ReplaceAll(value, " ", "-") == "READ-UNCOMMITTED":
			return fmt.Errorf("%s is %s, so half of what is written would be read; set it to READ-COMMITTED or higher", name, value)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s.usable.Store(true)
	return nil
}
