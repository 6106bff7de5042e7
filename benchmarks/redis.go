package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a redis-server of this run. It keeps nothing on the disk and
// listens on a socket in a folder of its own, where no other server can be met.
type redisServer struct {
	socket string
	folder string
	cmd    *exec.Cmd
	client *redis.Client
}

// patience is how long the server may take to answer for the first time.
const patience = 10 * time.Second

// startRedis starts a server. The error is exec.ErrNotFound if none is
// installed.
func startRedis() (*redisServer, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return nil, err
	}
	s := &redisServer{folder: folder, socket: filepath.Join(folder, "redis")}
	s.cmd = exec.Command(program, "--port", "0", "--unixsocket", s.socket, "--dir", folder,
		"--logfile", filepath.Join(folder, "log"), "--save", "", "--appendonly", "no")
	s.client = redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket})
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := s.wait(); err != nil {
		text, _ := os.ReadFile(filepath.Join(folder, "log"))
		s.stop()
		return nil, fmt.Errorf("redis-server does not answer: %w\n%s", err, text)
	}
	return s, nil
}

// wait returns when the server answers.
func (s *redisServer) wait() error {
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = s.client.Ping(context.Background()).Err(); err == nil {
			return nil
		}
	}
	return err
}

// keys gives the number of keys that there are.
func (s *redisServer) keys() (int64, error) {
	return s.client.DBSize(context.Background()).Result()
}

// stop ends the server; nothing happens if there is none.
func (s *redisServer) stop() {
	if s == nil {
		return
	}
	s.client.Close()
	s.cmd.Process.Kill()
	s.cmd.Wait()
	os.RemoveAll(s.folder)
}
