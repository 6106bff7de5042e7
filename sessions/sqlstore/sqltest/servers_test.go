package sqltest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// errMissing says that a server is not installed.
var errMissing = errors.New("not installed")

// postgres is a PostgreSQL server with data of its own.
type postgres struct {
	bin, dir string
	port     int
	*process
}

func newPostgres() (*postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("PostgreSQL is %w: no /usr/lib/postgresql/*/bin/postgres; in Debian it is in the package postgresql",
			errMissing)
	}
	p := &postgres{bin: filepath.Dir(slices.Max(found))}
	if p.dir, err = folder("postgres"); err != nil {
		return nil, err
	}
	err = run("postgres", p.dir, filepath.Join(p.bin, "initdb"), "--pgdata="+p.dir+"/data", "--username=soay",
		"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err == nil {
		p.port, err = freePort()
	}
	if err == nil {
		err = p.start()
	}
	return p, err
}

// start starts the server and waits until it answers.
func (p *postgres) start() (err error) {
	p.process, err = start("postgres", p.dir, filepath.Join(p.bin, "postgres"), "-D", p.dir+"/data", "-k", p.dir,
		"-h", "127.0.0.1", "-p", fmt.Sprint(p.port), "-c", "max_connections=80", "-c", "fsync=off")
	if err != nil {
		return err
	}
	if err := answers("pgx", p.dsn()); err != nil {
		return fmt.Errorf("PostgreSQL: %w\n%s", err, p.said)
	}
	return nil
}

func (p *postgres) dsn() string {
	return fmt.Sprintf("host=%s port=%d user=soay dbname=postgres", p.dir, p.port)
}

func (p *postgres) close() {
	p.stop(syscall.SIGINT) // a fast shutdown
	os.RemoveAll(p.dir)
}

// answers waits until a server lets somebody in.
func answers(driver, dsn string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return eventually(ctx, db.PingContext)
}

// mariadb is a MariaDB server with data of its own.
type mariadb struct {
	dir string
	*process
}

func newMariaDB() (*mariadb, error) {
	server := "/usr/sbin/mariadbd" // which not everybody has in the path
	if _, err := os.Stat(server); err != nil {
		return nil, fmt.Errorf("MariaDB is %w: no /usr/sbin/mariadbd; in Debian it is in the package mariadb-server", errMissing)
	}
	dir, err := folder("mysql")
	if err != nil {
		return nil, err
	}
	m := &mariadb{dir: dir}
	err = run("mysql", m.dir, "mariadb-install-db", "--no-defaults", "--datadir="+m.dir+"/data", "--skip-test-db",
		"--auth-root-authentication-method=normal")
	if err != nil {
		return m, err
	}
	m.process, err = start("mysql", m.dir, server, "--no-defaults", "--datadir="+m.dir+"/data",
		"--socket="+m.dir+"/socket", "--pid-file="+m.dir+"/pid", "--skip-networking", "--innodb-flush-log-at-trx-commit=0")
	if err != nil {
		return m, err
	}
	root := "root@unix(" + m.dir + "/socket)/"
	if err := answers("mysql", root); err != nil {
		return m, fmt.Errorf("MariaDB: %w\n%s", err, m.said)
	}
	db, err := sql.Open("mysql", root)
	if err != nil {
		return m, err
	}
	defer db.Close()
	_, err = db.Exec("CREATE DATABASE soay")
	return m, err
}

func (m *mariadb) dsn() string { return "root@unix(" + m.dir + "/socket)/soay" }

func (m *mariadb) close() {
	m.stop(syscall.SIGTERM)
	os.RemoveAll(m.dir)
}

var sharedPostgres = sync.OnceValues(func() (string, error) {
	p, err := newPostgres()
	if err != nil {
		return "", err
	}
	atEnd(p.close)
	return p.dsn(), nil
})

var sharedMariaDB = sync.OnceValues(func() (string, error) {
	m, err := newMariaDB()
	if err != nil {
		return "", err
	}
	atEnd(m.close)
	return m.dsn(), nil
})

// need skips a test where a server is not installed.
func need[T any](t testing.TB, v T, err error) T {
	t.Helper()
	switch {
	case errors.Is(err, errMissing):
		t.Skip("left out: ", err)
	case err != nil:
		t.Fatal(err)
	}
	return v
}

// engine is a database to test with.
type engine struct {
	name, driver string
	dsn          func(t testing.TB) string // of a new file, or of the server that all tests share
}

// engines returns all databases. None waits for the disk, as no test is about a computer that fails.
func engines() []engine {
	file := func(options string) func(testing.TB) string {
		return func(t testing.TB) string { return "file:" + filepath.Join(t.TempDir(), "soay.db") + options }
	}
	return []engine{
		{"SQLite", "sqlite", file("?_pragma=synchronous(OFF)")},
		{"SQLite with WAL", "sqlite", file("?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)")},
		{"PostgreSQL", "pgx", func(t testing.TB) string {
			dsn, err := sharedPostgres()
			return need(t, dsn, err)
		}},
		{"MariaDB", "mysql", func(t testing.TB) string {
			dsn, err := sharedMariaDB()
			return need(t, dsn, err)
		}},
	}
}

// each runs a test on all databases at the same time.
func each(t *testing.T, f func(t *testing.T, e engine)) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			f(t, e)
		})
	}
}

// open returns a pool of up to ten connections, as one instance of a program has it.
func (e engine) open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(e.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(10)
	t.Cleanup(func() { db.Close() })
	return db
}
