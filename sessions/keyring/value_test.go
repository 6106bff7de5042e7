package keyring_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions/keyring"
)

type ticket struct {
	User  int64     `json:"user"`
	Roles []string  `json:"roles"`
	Until time.Time `json:"until"`
}

func TestValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRing(t, key1).Protector("ticket")
		want := ticket{1<<53 + 1, []string{"a", "<b>"}, time.Now()}
		token, err := keyring.ProtectValue(p, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := keyring.UnprotectValue[ticket](p, token, time.Hour)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("error %v, value (-want +got):\n%s", err, diff)
		}
		time.Sleep(time.Hour)
		if got, err := keyring.UnprotectValue[ticket](p, token, time.Hour); !errors.Is(err, keyring.ErrUnprotect) || got.User != 0 {
			t.Errorf("after an hour %v, %v; want nothing and ErrUnprotect", got, err)
		}
	})
}

func TestValuesOfOtherTypes(t *testing.T) {
	p := newRing(t, key1).Protector("ticket")
	tests := []struct {
		description, text string
		want              bool
	}{
		{"the type", `{"user":7,"roles":null,"until":"2026-01-02T03:04:05Z"}`, true},
		{"fewer fields", `{"user":7}`, true},
		{"more fields", `{"user":7,"admin":true}`, false},
		{"a field of another type", `{"user":"7"}`, false},
		{"a field twice", `{"user":7,"user":8}`, false},
		{"a field in another case", `{"User":7,"user":8}`, false},
		{"another type", `[7]`, false},
		{"two values", `{"user":7}{}`, false},
		{"no JSON", `user 7`, false},
		{"nothing", ``, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got, err := keyring.UnprotectValue[ticket](p, p.Protect([]byte(tt.text)), time.Hour)
			if (err == nil) != tt.want || (got.User == 7) != tt.want {
				t.Errorf("%s opens as %v, %v; want it to open: %v", tt.text, got, err, tt.want)
			}
			if err != nil && err != keyring.ErrUnprotect {
				t.Errorf("error %v, want ErrUnprotect itself", err)
			}
		})
	}
}

func TestValuesThatCannotBeEncoded(t *testing.T) {
	p := newRing(t, key1).Protector("ticket")
	token, err := keyring.ProtectValue(p, func() {})
	if err == nil || token != "" || !strings.Contains(err.Error(), `keyring: encode value for purpose "ticket"`) {
		t.Errorf("ProtectValue of a function = %q, %v", token, err)
	}
}
