package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
	"github.com/soay-go/soay/sessions/redisstore"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// storage is the configuration of where sessions are kept.
type storage struct {
	store           string // cookie, memory, redis or postgres
	redis, postgres string // where the servers are
	epochs          string // a file, for cookies
}

// users lists and ends the sessions of a user.
type users interface {
	// count returns how many sessions a user has, 0 if that is unknown.
	count(ctx context.Context, user string) (int, error)
	// signOut ends all sessions of a user, on every instance.
	signOut(ctx context.Context, user string) error
}

// useSessions gives the app sessions.
func (k storage) useSessions(app *soay.App) (users, error) {
	switch k.store {
	case "cookie":
		return useCookies(app, k.epochs)
	case "memory":
		store := memstore.New()
		return useStore(app, store, store.Close), nil
	case "redis":
		client := redis.NewClient(&redis.Options{Addr: k.redis, ContextTimeoutEnabled: true})
		return useStore(app, redisstore.New(client), client.Close), nil
	case "postgres":
		db, err := sql.Open("pgx", k.postgres)
		if err != nil {
			return nil, fmt.Errorf("login: -postgres: %w", err)
		}
		db.SetMaxOpenConns(10) // what all instances open together must be less than the server allows
		store := sqlstore.New(db)
		app.OnStart(store.Migrate)
		return useStore(app, store, db.Close), nil
	}
	return nil, fmt.Errorf("login: -store %q: want cookie, memory, redis or postgres", k.store)
}

// useCookies keeps sessions in cookies, sealed by the keys in APP_SECRET_1, APP_SECRET_2 and so on.
func useCookies(app *soay.App, path string) (users, error) {
	ring, err := newRing()
	if err != nil {
		return nil, err
	}
	epochs, err := newEpochs(path)
	if err != nil {
		return nil, err
	}
	app.UseSessions("", sessions.Options{Codec: ring.Codec(), Epoch: epochs.of})
	app.OnStop(func(context.Context) error { return epochs.close() })
	return epochs, nil
}

// newRing returns the keys of the environment. Without any it returns a key that ends with this process, so that
// a first trial needs no preparation.
func newRing() (*keyring.Ring, error) {
	if keyring.InEnv("") {
		return keyring.FromEnv("")
	}
	return keyring.Ephemeral(nil)
}

// useStore keeps sessions in a store, which is closed after the app has stopped.
func useStore(app *soay.App, store sessions.Store, close func() error) users {
	app.UseSessionStore(store)
	app.OnStop(func(context.Context) error { return close() })
	return storeUsers{store}
}

// storeUsers are the users of sessions in a store.
type storeUsers struct{ store sessions.Store }

// storeTimeout limits the time of a call of the store.
const storeTimeout = 2 * time.Second

func (u storeUsers) count(ctx context.Context, user string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	ids, err := sessions.ListUser(ctx, u.store, user)
	return len(ids), err
}

// signOut continues when the client has gone: the user still wants to be signed out.
func (u storeUsers) signOut(ctx context.Context, user string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	return sessions.RevokeUser(ctx, u.store, user)
}
