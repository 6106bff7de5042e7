package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// served is a server in a row: running, checked and ready to be loaded.
type served struct {
	row        servedRow
	contestant contestant
	remote     *remote
	entry      *entry
	requests   []prepared
	result     servedResult
	cpus       []time.Duration // for a request, of each round
}

// servedResult is what was measured. Each number is the best of all rounds.
type servedResult struct {
	cpu, median time.Duration // of the server's process for a request
	rate        float64       // requests in a second
	p50, p99    time.Duration
	resident    int64 // bytes after the load, the most of all rounds

	// In idle rows: the connections, and the bytes that each of them takes, as it
	// is and after memory without use went back to the system.
	connections     int
	each, collected float64
}

// runServed measures the part end to end and prints it.
func runServed(set settings, out, log io.Writer) (err error) {
	remove, err := openWorkFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	l, err := startProcess(loadWord)
	if err != nil {
		return err
	}
	loader := remoteLoader{l}
	defer l.stop()

	var all []*served
	for _, r := range servedRows() {
		if !set.rows.MatchString(r.name) {
			continue
		}
		list, err := serveRow(r, set, loader, log)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	if len(all) == 0 {
		return errors.New("-rows and -only leave nothing to measure")
	}
	return reportServed(out, all, set)
}

// serveRow measures the servers of a row.
func serveRow(r servedRow, set settings, loader remoteLoader, log io.Writer) ([]*served, error) {
	list := chosen(r, set)
	if len(list) == 0 {
		return nil, nil
	}
	defer func() {
		for _, s := range list {
			s.stop()
		}
	}()
	fmt.Fprintf(log, "%s: %d servers, %d rounds\n", r.name, len(list), set.rounds)
	measureOne := (*served).load
	if r.idle {
		measureOne = (*served).hold
	} else if err := forAll(list, func(s *served) error { return s.start(set) }); err != nil {
		return nil, err
	}
	for round := range set.rounds {
		// Each round begins with another server, as within one process.
		first := round % len(list)
		order := slices.Concat(list[first:], list[:first])
		if err := forAll(order, func(s *served) error { return measureOne(s, set, loader) }); err != nil {
			return nil, err
		}
	}
	if r.idle {
		return list, nil // each round has checked and ended them
	}
	return list, forAll(list, (*served).end)
}

// chosen gives the servers of a row that -only does not leave out.
func chosen(r servedRow, set settings) []*served {
	var list []*served
	for _, c := range contestants() {
		if set.only.MatchString(c.name) && *r.app(&c.framework) != nil {
			list = append(list, &served{row: r, contestant: c})
		}
	}
	return list
}

// forAll does something with each server; the first error names the server and the
// row.
func forAll(list []*served, do func(*served) error) error {
	for _, s := range list {
		if err := do(s); err != nil {
			return fmt.Errorf("%s, row %s: %w", s.contestant.name, s.row.name, err)
		}
	}
	return nil
}

// start starts the server, checks its answers and prepares the requests.
func (s *served) start(set settings) error {
	var more []string
	if set.profile != "" {
		more = []string{"-cpuprofile", profileName(set.profile, s.contestant.name, s.row.name)}
	}
	var err error
	if s.remote, err = startRemote(s.contestant, s.row, more...); err != nil {
		return err
	}
	f := s.contestant.framework
	*s.row.app(&f) = func() server { return s.remote }
	if s.entry, err = s.row.open(f); err != nil {
		return err
	}
	s.requests = nil
	for i, c := range s.entry.calls {
		a := s.entry.client.answer(i)
		if a.err != nil {
			return a.err
		}
		s.requests = append(s.requests, prepared{Wire: []byte(c.wire()), Status: a.status, Length: len(a.body)})
	}
	s.remote.hangUp()
	return nil
}

// end checks the answers again, since the load must not have left the server in
// a state where it answers something else than before, and stops it.
func (s *served) end() error {
	err := s.remote.ask(askSpeech, nil)
	if err == nil {
		err = s.entry.verify()
	}
	if err != nil {
		return fmt.Errorf("after the load: %w", err)
	}
	s.remote.hangUp()
	return s.remote.stop()
}

// stop ends the server, however it is.
func (s *served) stop() {
	if s.remote != nil {
		s.remote.stop()
	}
}

// open gives the order to open the row's connections.
func (s *served) open(connections int) order {
	o := order{Do: doOpen, Address: s.remote.address, Connections: connections, Requests: s.requests}
	if s.row.secure {
		o.Folder = workFolder
	}
	return o
}

// load measures one round: what the server's process takes for the requests that
// the loader makes in the time.
func (s *served) load(set settings, loader remoteLoader) error {
	if err := s.remote.ask(askSilence, nil); err != nil {
		return err
	}
	if _, err := loader.do(s.open(cmp.Or(s.row.connections, fewConnections))); err != nil {
		return err
	}
	// The first requests of a connection are not like the later ones.
	if _, err := loader.do(order{Do: doRun, Time: set.block / 10}); err != nil {
		return err
	}
	before, err := s.remote.usage()
	if err != nil {
		return err
	}
	seen, err := loader.do(order{Do: doRun, Time: set.block})
	if err != nil {
		return err
	}
	after, err := s.remote.usage()
	if err != nil {
		return err
	}
	s.note(seen, before, after)
	_, err = loader.do(order{Do: doClose})
	return err
}

// note takes the best of this round and those before.
func (s *served) note(seen outcome, before, after usage) {
	cpu := (after.CPU - before.CPU) / time.Duration(seen.Requests)
	rate := float64(seen.Requests) / seen.Elapsed.Seconds()
	s.cpus = append(s.cpus, cpu)
	sorted := slices.Sorted(slices.Values(s.cpus))
	r := &s.result
	first := len(s.cpus) == 1
	r.cpu, r.median = sorted[0], sorted[len(sorted)/2]
	r.rate = max(r.rate, rate)
	r.resident = max(r.resident, after.Resident)
	if first || seen.P50 < r.p50 {
		r.p50 = seen.P50
	}
	if first || seen.P99 < r.p99 {
		r.p99 = seen.P99
	}
}

// hold measures the memory of a new process with idle connections, each of which
// has made one request.
func (s *served) hold(set settings, loader remoteLoader) error {
	if err := s.start(set); err != nil {
		return err
	}
	connections, err := s.room(loader)
	if err != nil {
		return err
	}
	collect := func() error { return s.remote.ask(askCollect, nil) }
	open := func() error { _, err := loader.do(s.open(connections)); return err }
	var resident []int64
	for _, step := range []func() error{collect, open, collect} {
		if err := step(); err != nil {
			return err
		}
		u, err := s.remote.usage()
		if err != nil {
			return err
		}
		resident = append(resident, u.Resident)
	}
	s.noteIdle(connections, resident[0], resident[1], resident[2])
	if _, err := loader.do(order{Do: doClose}); err != nil {
		return err
	}
	return s.end()
}

// noteIdle takes the best of this round and those before: the memory before the
// connections, with them, and with them after a collection.
func (s *served) noteIdle(connections int, before, with, collected int64) {
	r := &s.result
	first := r.connections == 0
	r.connections = connections
	if each := float64(with-before) / float64(connections); first || each < r.each {
		r.each = each
	}
	if each := float64(collected-before) / float64(connections); first || each < r.collected {
		r.collected = each
	}
}

// room gives the number of idle connections, which is less than the row asks for
// where the loader or the server can have no more.
func (s *served) room(loader remoteLoader) (int, error) {
	seen, err := loader.do(order{Do: doRoom})
	if err != nil {
		return 0, err
	}
	var most int
	err = s.remote.ask(askRoom, &most)
	return min(s.row.connections, seen.Room, most), err
}

// remoteLoader is the loader, as seen from here.
type remoteLoader struct{ *process }

// do gives an order and waits until it is carried out.
func (l remoteLoader) do(o order) (outcome, error) {
	var seen outcome
	err := l.ask(o, &seen)
	if err == nil && seen.Failure != "" {
		err = errors.New(seen.Failure)
	}
	return seen, err
}
