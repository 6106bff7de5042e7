package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// checkSettings returns an error, before the first use, if MySQL or MariaDB has settings with which the store
// would not work. A setting that the server does not have is right.
//
//   - Without autocommit a connection of the pool keeps reading the data from the time of its first statement.
//     So it would find a session that another connection has ended.
//   - At READ-UNCOMMITTED a session is read while it is written, and seems to have ended before it has.
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
