package main

import "testing"

// TestServers starts every server of every row end to end, runs its checks over
// the network, lets the loader make each request on two connections, and sees
// that the server ends by itself.
func TestServers(t *testing.T) {
	remove, err := openWorkFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	p, err := startProcess(loadWord)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	loader := remoteLoader{p}
	for _, r := range servedRows() {
		for _, c := range contestants() {
			if *r.app(&c.framework) == nil {
				continue
			}
			t.Run(r.name+"/"+c.name, func(t *testing.T) {
				s := &served{row: r, contestant: c}
				defer s.stop()
				if err := s.start(settings{}); err != nil {
					t.Fatal(err)
				}
				if err := s.remote.ask(askSilence, nil); err != nil {
					t.Fatal(err)
				}
				for _, o := range []order{s.open(2), {Do: doClose}} {
					if _, err := loader.do(o); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.end(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
