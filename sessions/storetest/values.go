package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/soay-go/soay/sessions"
)

func valueChecks() []check {
	return []check{
		{"of any bytes", ruleValues, func(p *probe) { p.keeps(anyBytes()) }},
		{"that are empty", ruleValues, func(p *probe) { p.keeps(values{"a": "", "b": "1"}) }},
		{"of 64 KiB", ruleValues, func(p *probe) { p.keeps(values{"a": strings.Repeat("0123456789abcdef", 4096), "b": "1"}) }},
		{"of a thousand keys", ruleValues, func(p *probe) { p.keeps(thousand()) }},
		{"with an empty key", ruleValues, func(p *probe) { p.keeps(values{"": "empty", "a": "1"}) }},
		{"with keys of any bytes", ruleValues, func(p *probe) { p.keeps(anyKeys()) }},
		{"with similar keys", ruleValues, func(p *probe) {
			p.keeps(values{"a": "1", "A": "2", "a ": "3", " a": "4", "ä": "5", "a\u0308": "6", "Ä": "7", "a\x00": "8", "aa": "9"})
		}},
		{"with keys that a store may use itself", ruleValues, func(p *probe) { p.keeps(ownKeys()) }},
		{"and times to the second", ruleSecond, timesSurvive},
		{"and times far away", ruleSecond, timesFarAway},
	}
}

// keeps checks that values survive each way into and out of the store.
func (p *probe) keeps(v values) {
	p.t.Helper()
	p.holds(p.makes(v), v)
	id := p.makes(values{"a": "old", "other": "old"})
	c := p.change(v)
	c.Clear = true
	p.must("Update", p.store.Update(p.ctx, id, c))
	p.holds(id, v)
	to := newID()
	p.must("Rename", p.store.Rename(p.ctx, id, to, p.change(nil)))
	p.holds(to, v)
	p.modifiesEach(v)
}

// modifiesEach checks that Modify reads and writes some of the values, and that Update removes them.
func (p *probe) modifiesEach(v values) {
	p.t.Helper()
	id := p.makes(v)
	c := p.change(nil)
	left := values{}
	for key, value := range v {
		if len(c.Delete) >= 20 {
			left[key] = value
			continue
		}
		c.Delete = append(c.Delete, key)
		p.must("Modify", p.store.Modify(p.ctx, id, key, func(got []byte) ([]byte, error) {
			if got == nil || string(got) != value {
				p.failf("f got %.60q for key %.60q, want %.60q", got, key, value)
			}
			return got, nil
		}))
	}
	p.holds(id, v)
	p.must("Update", p.store.Update(p.ctx, id, c))
	p.holds(id, left)
}

func anyBytes() values {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return values{"all": string(all), "nul": "\x00", "nuls": strings.Repeat("\x00", 100), "not UTF-8": "\xff\xfe\x80",
		"line": "\r\n", "json": `{"a":[1,null]}`, "null": "null", "number": "007", "sheep": "🐑", "SQL": `'; DROP TABLE sessions; --`}
}

func anyKeys() values {
	v := values{"\r\n": "line", "null": "null", "007": "a number", "7": "another number", "🐑": "sheep", "\xff\xfe": "not UTF-8",
		"\xff": "not UTF-8", "'\"`\\": "quotes", "%s_%": "wild", "*": "star", "{a}": "braces", "a.b": "dot", "a:b": "colon",
		"$a": "dollar", "a b": "space", strings.Repeat("k", 255): "long"}
	for i := range 256 {
		v["byte "+string([]byte{byte(i)})] = fmt.Sprint(i)
	}
	return v
}

func ownKeys() values {
	v := values{}
	for _, name := range []string{"id", "key", "value", "values", "data", "user", "created", "seen", "expires", "version", "ttl"} {
		for _, prefix := range []string{"", "_", "__", ":", "$", "@", "."} {
			v[prefix+name] = prefix + name
			v[prefix+strings.ToUpper(name[:1])+name[1:]] = "upper " + prefix + name
		}
		v[name[:1]] = "first letter of " + name
	}
	return v
}

func thousand() values {
	v := values{}
	for i := range 1000 {
		v[fmt.Sprintf("key %d", i)] = fmt.Sprint(i)
	}
	return v
}

// timesSurvive gives the store each second of a minute, and times of another zone.
func timesSurvive(p *probe) {
	for i := range 60 {
		want := p.record("", nil)
		d := time.Duration(i) * time.Second
		want.Created, want.Seen, want.Expires = want.Created.Add(-d), want.Seen.Add(-d/2).Truncate(time.Second), want.Expires.Add(d)
		if i%2 == 1 {
			zone := time.FixedZone("east", 5*3600+1800)
			want.Created, want.Seen, want.Expires = want.Created.In(zone), want.Seen.In(zone), want.Expires.In(zone)
		}
		p.has(p.create(want), want)
	}
}

// timesFarAway has times that do not fit into 32 bits, and records older than the store.
func timesFarAway(p *probe) {
	want := p.record("", values{"a": "1"})
	want.Created = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	want.Expires = time.Date(2199, 2, 28, 12, 0, 0, 0, time.UTC)
	id := p.create(want)
	p.has(id, want)
	c := p.change(nil)
	c.Expires = want.Expires.AddDate(1, 0, 0)
	p.must("Update", p.store.Update(p.ctx, id, c))
	want.Seen, want.Expires = c.Seen, c.Expires
	p.has(id, want)
	p.must("Delete", p.store.Delete(p.ctx, id))
}

func copyChecks() []check {
	return []check{
		{"of what Create got", ruleCreate, func(p *probe) {
			r := p.record("", values{"a": "1", "b": "1"})
			id := p.create(r)
			spoil(r.Values)
			p.holds(id, values{"a": "1", "b": "1"})
		}},
		{"of what Update got", ruleUpdate, func(p *probe) {
			id := p.makes(values{"a": "1"})
			c := p.change(values{"b": "1"})
			p.must("Update", p.store.Update(p.ctx, id, c))
			spoil(c.Set)
			p.holds(id, values{"a": "1", "b": "1"})
		}},
		{"of what Load gave", ruleLoad, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			for range 2 {
				r, err := p.store.Load(p.ctx, id)
				p.must("Load", err)
				spoil(r.Values)
			}
			p.holds(id, values{"a": "1", "b": "1"})
		}},
		{"of what Modify gave and got", ruleModify, copiesModify},
		{"in what was loaded before", ruleLoad, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			r, err := p.store.Load(p.ctx, id)
			p.must("Load", err)
			c := p.change(values{"a": "2"})
			c.Delete = []string{"b"}
			p.must("Update", p.store.Update(p.ctx, id, c))
			p.sameValues(r.Values, values{"a": "1", "b": "1"}.bytes())
		}},
	}
}

// spoil overwrites values and the memory behind them, and adds a value.
func spoil(m map[string][]byte) {
	for key, value := range m {
		for i := range value {
			value[i] = '!'
		}
		m[key] = append(value, "!!!!!!!!"...)
	}
	m["added"] = []byte("!")
}

func copiesModify(p *probe) {
	id := p.makes(values{"a": "1", "b": "1"})
	var got, gave []byte
	p.must("Modify", p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
		got, gave = value, append(bytes.Clone(value), '2')
		return gave, nil
	}))
	got[0], gave[0] = '!', '!'
	p.holds(id, values{"a": "12", "b": "1"})
	p.must("Modify", p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
		got = value
		return value, nil
	}))
	got[0] = '!'
	p.holds(id, values{"a": "12", "b": "1"})
	err := p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
		value[0] = '!'
		return nil, sessions.ErrGone
	})
	if err == nil {
		p.failf("Modify succeeded, want the error of f")
	}
	p.holds(id, values{"a": "12", "b": "1"})
}
