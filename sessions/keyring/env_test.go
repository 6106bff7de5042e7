package keyring_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/keyring"
)

// idsOf returns the ids of keys.
func idsOf(t *testing.T, keys ...string) []string {
	t.Helper()
	var ids []string
	for _, key := range keys {
		ids = append(ids, newRing(t, key).IDs()...)
	}
	return ids
}

// check compares the keys of a ring, or the error with the parts that it must have. No key may be in it.
func check(t *testing.T, ring *keyring.Ring, err error, keys []string, parts ...string) {
	t.Helper()
	if len(parts) == 0 {
		if err != nil {
			t.Fatalf("error %v, want none", err)
		}
		if diff := cmp.Diff(idsOf(t, keys...), ring.IDs()); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
		return
	}
	if err == nil || ring != nil {
		t.Fatalf("ring %v with error %v, want only an error with %q", ring, err, parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want %q in it", err, part)
		}
	}
	for _, key := range []string{key1, key2, key3, "hunter2", "correct horse"} {
		if strings.Contains(err.Error(), key) {
			t.Errorf("error %q tells a key", err)
		}
	}
}

func TestFromKeys(t *testing.T) {
	tests := []struct {
		description string
		keys        []string
		want        []string // parts of the error, none for a ring of these keys
	}{
		{"one", []string{key1}, nil},
		{"three", []string{key2, key1, key3}, nil},
		{"empty", []string{""}, []string{"keyring: the newest key is empty", "newkey"}},
		{"short", []string{"hunter2"}, []string{"keyring: the newest key has 7 characters; at least 32"}},
		{"repetitive", []string{strings.Repeat("hunter2", 6)}, []string{"the newest key repeats"}},
		{"a sample", []string{"change-me-change-me-change-me-change-me"}, []string{"the newest key is the sample"}},
		{"short older", []string{key1, key2, "hunter2"}, []string{"keyring: older[1] has 7 characters"}},
		{"twice", []string{key1, key2, key1}, []string{"keyring: older[1] is the same key as the newest key"}},
		{"two faults", []string{"", key1, "hunter2"}, []string{"the newest key is empty", "older[1] has 7"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			ring, err := keyring.FromKeys(tt.keys[0], tt.keys[1:]...)
			check(t, ring, err, tt.keys, tt.want...)
		})
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = key1 + fmt.Sprint(i)
	}
	ring, err := keyring.FromKeys(many[0], many[1:]...)
	check(t, ring, err, nil, "there are 101 keys; at most 100")
	ring, err = keyring.FromKeys(many[0], many[1:100]...)
	check(t, ring, err, many[:100])
}

func TestFromEnv(t *testing.T) {
	tests := []struct {
		description, prefix string
		env                 map[string]string
		keys                []string // of the ring
		want                []string // parts of the error
	}{
		{"one", "", map[string]string{"APP_SECRET_1": key1}, []string{key1}, nil},
		{"the highest number is the newest", "", map[string]string{
			"APP_SECRET_9": key1, "APP_SECRET_10": key2, "APP_SECRET_1": key3,
		}, []string{key2, key1, key3}, nil},
		{"a prefix of one's own", "MY_KEY", map[string]string{"MY_KEY_2": key1, "APP_SECRET_1": key2}, []string{key1}, nil},
		{"the default by its name", "APP_SECRET", map[string]string{"APP_SECRET_7": key1}, []string{key1}, nil},
		{"others with the prefix are no keys", "", map[string]string{
			"APP_SECRET_1": key1, "APP_SECRET_PATH": key2, "APP_SECRET": key2, "APP_SECRETS_2": key2, "APP_SECRET2": key2,
			"APP_SECRET_": key2, "APP_SECRET_B2": key2, "XAPP_SECRET_2": key2, "APP_SECRET__2": key2, "app_secret_2": key2,
		}, []string{key1}, nil},
		{"the largest number", "", map[string]string{"APP_SECRET_999999999": key1}, []string{key1}, nil},
		{"none", "", nil, nil, []string{"keyring: APP_SECRET_1 is not set;", "newkey"}},
		{"none of the prefix", "MY_KEY", map[string]string{"APP_SECRET_1": key1}, nil, []string{"keyring: MY_KEY_1 is not set"}},
		{"one without a number", "", map[string]string{"APP_SECRET": key1}, nil, []string{
			"APP_SECRET_1 is not set (APP_SECRET without a number is not read)"}},
		{"empty", "", map[string]string{"APP_SECRET_1": key1, "APP_SECRET_2": ""}, nil, []string{"keyring: APP_SECRET_2 is empty"}},
		{"short", "", map[string]string{"APP_SECRET_1": "hunter2"}, nil, []string{"keyring: APP_SECRET_1 has 7 characters"}},
		{"short and not the newest", "", map[string]string{"APP_SECRET_1": "hunter2", "APP_SECRET_2": key1}, nil,
			[]string{"keyring: APP_SECRET_1 has 7 characters"}},
		{"the same key twice", "", map[string]string{"APP_SECRET_1": key1, "APP_SECRET_2": key1}, nil,
			[]string{"keyring: APP_SECRET_1 is the same key as APP_SECRET_2"}},
		{"a sample", "", map[string]string{"APP_SECRET_1": "0123456789abcdef0123456789abcdef"}, nil,
			[]string{"APP_SECRET_1 is the sample"}},
		{"several faults", "", map[string]string{"APP_SECRET_1": "hunter2", "APP_SECRET_2": ""}, nil,
			[]string{"APP_SECRET_1 has 7", "APP_SECRET_2 is empty"}},
	}
	for _, number := range []string{
		"0", "00", "01", "007", "2B", "2_OLD", "1.5", "+1", "-1", "1 ", "1e3", "9999999999", "99999999999999999999",
	} {
		name := "APP_SECRET_" + number
		tests = append(tests, struct {
			description, prefix string
			env                 map[string]string
			keys                []string
			want                []string
		}{"the number " + number, "", map[string]string{"APP_SECRET_1": key1, name: key2}, nil,
			[]string{"keyring: " + name + ": the number of a key is 1, 2"}})
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			ring, err := keyring.FromEnv(tt.prefix)
			check(t, ring, err, tt.keys, tt.want...)
		})
	}
}

func TestEphemeral(t *testing.T) {
	log := &requesttest.Log{Level: slog.LevelWarn}
	ring, err := keyring.Ephemeral(log.Logger())
	if err != nil {
		t.Fatal(err)
	}
	other, err := keyring.Ephemeral(log.Logger())
	if err != nil {
		t.Fatal(err)
	}
	p := ring.Protector("test")
	token := p.Protect([]byte("data"))
	accept(t, p, token, []byte("data"))
	refuse(t, other.Protector("test"), token, "another process")
	if said := log.String(); strings.Count(said, "level=WARN") != 2 || strings.Count(said, "ephemeral") != 2 {
		t.Errorf("two rings have logged\n%s\nwant one warning of each", said)
	}
}

func TestOldKeysOpenAndRetiredOnesDoNot(t *testing.T) {
	old := newRing(t, key1).Protector("test")
	both := newRing(t, key2, key1).Protector("test")
	retired := newRing(t, key2).Protector("test")
	data := []byte("data")
	accept(t, both, old.Protect(data), data)
	accept(t, retired, both.Protect(data), data)
	refuse(t, old, both.Protect(data), "sealed by the newer key")
	refuse(t, retired, old.Protect(data), "sealed by a retired key")
}

func TestFixedRingsCannotBeChanged(t *testing.T) {
	ring := newRing(t, key1)
	if _, err := ring.Rotate(); err == nil || !strings.Contains(err.Error(), "only the keys of a file or folder") {
		t.Errorf("Rotate: error %v", err)
	}
	if err := ring.Retire(ring.IDs()[0]); err == nil || !strings.Contains(err.Error(), "only the keys of a file or folder") {
		t.Errorf("Retire: error %v", err)
	}
}

// However a ring is printed, no key is.
func TestRingsDoNotPrintKeys(t *testing.T) {
	ring := newRing(t, key1, key2)
	log := new(requesttest.Log)
	log.Logger().Info("started", "ring", ring, "protector", ring.Protector("test"))
	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&printed, verb+"\n", ring)
		fmt.Fprintf(&printed, verb+"\n", ring.Protector("test"))
		fmt.Fprintf(&printed, verb+"\n", ring.Codec())
	}
	said := log.String() + printed.String()
	if want := "keyring[" + strings.Join(idsOf(t, key1, key2), " ") + "]"; !strings.Contains(said, want) {
		t.Errorf("printed\n%s\nwant %s", said, want)
	}
	for _, key := range []string{key1, key2} {
		if strings.Contains(said, key) || strings.Contains(said, fmt.Sprintf("%x", key)) {
			t.Errorf("a key is printed:\n%s", said)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	path := t.TempDir() + "/keys"
	writeFile(t, path, key1, 0o600)
	ring, err := keyring.FromFile(path, keyring.Options{Interval: -1})
	check(t, ring, err, nil, "keyring: Interval: is negative")
	ring, err = keyring.FromFile(path, keyring.Options{}, keyring.Options{})
	check(t, ring, err, nil, "keyring: 2 options; pass one")
	ring, err = keyring.FromFolder(path, keyring.Options{Interval: -1})
	check(t, ring, err, nil, "keyring: Interval: is negative")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// There are keys in the environment exactly where FromEnv reads or refuses one: whoever asks first gets the
// same answer.
func TestInEnv(t *testing.T) {
	for name, want := range map[string]bool{
		"APP_SECRET_1": true, "APP_SECRET_20": true, "APP_SECRET_0": true, "APP_SECRET_02": true, "APP_SECRET_2B": true,
		"APP_SECRET_+1": true, "APP_SECRET_-1": true, "APP_SECRET_+-1": true, "APP_SECRET_1 ": true,
		"APP_SECRET": false, "APP_SECRET_": false, "APP_SECRET_+": false, "APP_SECRET_PATH": false, "APP_SECRET__1": false,
		"APP_SECRET_ 1": false, "APP_SECRETS_1": false, "app_secret_1": false, "OTHER_1": false,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, key1)
			if got := keyring.InEnv(""); got != want {
				t.Errorf("InEnv = %t, want %t", got, want)
			}
			_, err := keyring.FromEnv("")
			if none := err != nil && strings.Contains(err.Error(), "APP_SECRET_1 is not set"); none == want {
				t.Errorf("FromEnv: %v, but InEnv should be %t", err, want)
			}
		})
	}
	t.Setenv("OTHER_1", "")
	if !keyring.InEnv("OTHER") {
		t.Error("an empty variable is none, so nobody says that it is empty")
	}
}
