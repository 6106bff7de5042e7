package password_test

import (
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/response/problem"
)

const (
	plain   = "correct horse battery staple"
	unicode = "pässwörd→🔑"
)

// The hashes were made by others: the program argon2 of the reference implementation, argon2-cffi 21.1, passlib 1.7.4, bcrypt
// 3.2.2 for Python, Django 3.2 and htpasswd of Apache.
var foreign = []struct {
	maker, hash, password string
	stale                 bool
}{
	{"argon2, of its own tests", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", true}, // its salt has 8 bytes
	{"argon2", "$argon2id$v=19$m=32768,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$IX8rTqp0d9Pu37QS7l1Ix06hxksaav9Ey5Ztp+RIRS8", "password", false},
	{"argon2, the least", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rM", "password", true},
	{"argon2-cffi, 8 lanes", "$argon2id$v=19$m=102400,t=2,p=8$20j3zNsqrBWFulDc7Md6Ag$RTdR/7r4YIjFBnXKkuH9xg", plain, true},
	{"argon2-cffi, short sum", "$argon2id$v=19$m=19456,t=2,p=1$sm/TFDwvT7s246m91J44EA$vdDnDCiuhHVxP3FZSzMx3A", unicode, true},
	{"argon2-cffi, one pass", "$argon2id$v=19$m=47104,t=1,p=1$Fdhw1XsAR+i603+GzPwgRA$Kejeyn2vOqUw2Sfa7jHr/Q", unicode, true},
	{"argon2-cffi, 4 lanes", "$argon2id$v=19$m=12288,t=3,p=4$03MNoQKbtmQ$lrBPQEa71HYVUtmR+zftKA", plain, true},
	{"passlib, argon2", "$argon2id$v=19$m=19456,t=2,p=1$K+V8T4nxPqc0plTKGWNMiQ$j/2ktsMufZUcHBnT8Gk1Hw", plain, true},
	{"bcrypt", "$2b$10$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HW", plain, true},
	{"bcrypt, 2a", "$2a$04$z3t78tFSvSw4SX3nrPEkMuWqRWcJWJEQcX/Xi6hN6oN3fwXQNoQLW", unicode, true},
	{"htpasswd", "$2y$05$ELg3pTpQZkB0abS9tmD2gOTsjIb88u.nf4K0B/0VA0LNA2wx6uVSq", plain, true},
	{"bcrypt, 72 bytes", "$2b$04$.gEbXkE2EIX8teapdkYUB.5LsppMH5ZmCSwUTPRZzKxHQ2VX7vCF2", strings.Repeat("x", 72), true},
	{"bcrypt, 73 bytes", "$2b$04$Lr0CNk6PfLc/t8msfUl3yOg.ORKZjLJzxzL46MABNXdQo8VorRxd6", strings.Repeat("x", 73), false},
	{"passlib", "$pbkdf2-sha256$29000$fG8t5fzf2zvHOKcUwjgnRA$xp6JnQXU6S.te7KxQVId7ZRiMeEtt4NgxbTV1puSMik", plain, true},
	{"passlib, dots", "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$KcGGkUM15KGtYJVMzmtucXR8dJXgCfnq7w9noYYXZCc", unicode, true},
	{"Django", "pbkdf2_sha256$260000$seasalt000000000000000$s/n7vRkoRVBvY6VoK21VojwOoEdvLtAEORFcGzy9H4I=", plain, true},
	{"Django, short salt", "pbkdf2_sha256$1200$NaCl$SzIKc786JRjtYHDJmXdvgSoxOmbxMblq9B51M8+gk6A=", unicode, true},
}

func TestHashesOfOthers(t *testing.T) {
	for _, tt := range foreign {
		t.Run(tt.maker, func(t *testing.T) {
			if err := password.Check(tt.hash); err != nil {
				t.Errorf("Check: %v", err)
			}
			if ok, stale, err := password.Verify(tt.hash, tt.password); !ok || stale != tt.stale || err != nil {
				t.Errorf("the password: %v, stale %v, %v, want true, %v", ok, stale, err, tt.stale)
			}
			for _, wrong := range []string{"", "y" + tt.password, tt.password[:len(tt.password)/2]} {
				if ok, stale, err := password.Verify(tt.hash, wrong); ok || stale || err != nil {
					t.Errorf("%q: %v, stale %v, %v, want false", wrong, ok, stale, err)
				}
			}
		})
	}
}

func TestHash(t *testing.T) {
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)
	seen := map[string]bool{}
	for _, typed := range []string{plain, plain, unicode, " ", "\x00", strings.Repeat("long", 1000)} {
		hash, err := password.Hash(typed)
		if err != nil || !form.MatchString(hash) || seen[hash] {
			t.Fatalf("Hash(%q) = %q, %v", typed, hash, err)
		}
		seen[hash] = true
		if ok, stale, err := password.Verify(hash, typed); !ok || stale || err != nil {
			t.Errorf("%q: %v, stale %v, %v, want true", typed, ok, stale, err)
		}
		if ok, _, err := password.Verify(hash, typed+"\x00"); ok || err != nil {
			t.Errorf("%q with a byte more: %v, %v, want false", typed, ok, err)
		}
	}
	if hash, err := password.Hash(""); err == nil || hash != "" {
		t.Errorf("the empty password: %q, %v, want an error", hash, err)
	}
}

// The memory that a call allocates tells which work was done.
func TestUnknownAccountsTakeTheSameWork(t *testing.T) {
	hash, err := password.Hash(plain)
	if err != nil {
		t.Fatal(err)
	}
	memory := func(hash string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if ok, stale, err := password.Verify(hash, "guess"); ok || stale || err != nil {
			t.Error(ok, stale, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	want := memory(hash)
	for _, none := range []string{"", "!", "!lHUNdgQaSOhCrxhrhCUrtTKFoUjrzjjJFMGWyKHg"} {
		if got := memory(none); got < want-64<<10 || got > want+64<<10 {
			t.Errorf("%q takes %d bytes, a known account %d", none, got, want)
		}
	}
}

// A hash that takes all memory there may be lets the others wait, and of many others some are turned away at once.
func TestFloodIsTurnedAway(t *testing.T) {
	start, slow := time.Now(), make(chan error, 1)
	go func() {
		err := password.ErrBusy
		for err == password.ErrBusy { // on a busy machine the others may come first
			_, _, err = password.Verify(argonWith("m=262144,t=2,p=1"), plain)
		}
		slow <- err
	}()
	var busy, done atomic.Int64
	var wg sync.WaitGroup
	for busy.Load() == 0 {
		select {
		case err := <-slow:
			t.Fatalf("nobody was turned away meanwhile (%v)", err)
		default:
		}
		for range 10 {
			wg.Go(func() {
				switch ok, _, err := password.Verify(argonWith("m=8,t=1,p=1"), "password"); {
				case err == password.ErrBusy:
					busy.Add(1)
				case ok && err == nil:
					done.Add(1)
				default:
					t.Error(ok, err)
				}
			})
		}
	}
	wg.Wait()
	if err := <-slow; err != nil {
		t.Error(err)
	}
	// On a machine that is so busy that the slow one takes the 5 s which the others wait at most, these are turned away, too.
	if most := int64(64 * runtime.GOMAXPROCS(0)); time.Since(start) < 5*time.Second && done.Load() < most {
		t.Errorf("%d have waited and were served, want at least %d", done.Load(), most)
	}
	if got := problem.From(password.ErrBusy); got.Status != 503 || got.Header.Get("Retry-After") != "1" {
		t.Errorf("as a response it is %d, Retry-After %q, want 503 and 1", got.Status, got.Header.Get("Retry-After"))
	}
}

var refused = []struct{ what, hash, want string }{
	{"a word", "secret", "no kind"},
	{"another kind", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$y/K85H5tI5mWJhQ/q8XbaRZHQ+4ADd0/iJWm+Cz7mm4", "no kind"},
	{"argon2d", "$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "no kind"},
	{"bcrypt of sign errors", "$2x$04$z3t78tFSvSw4SX3nrPEkMuWqRWcJWJEQcX/Xi6hN6oN3fwXQNoQLW", "no kind"},
	{"space before", " $2b$04$z3t78tFSvSw4SX3nrPEkMuWqRWcJWJEQcX/Xi6hN6oN3fwXQNoQLW", "no kind"},
	{"no version", "$argon2id$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "malformed"},
	{"old version", "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "malformed"},
	{"much memory", argonWith("m=262145,t=1,p=1"), "262144 KiB"},
	{"more memory than a number holds", argonWith("m=99999999999999999999,t=1,p=1"), "262144 KiB"},
	{"many passes", argonWith("m=19456,t=11,p=1"), "10 passes"},
	{"many lanes", argonWith("m=19456,t=1,p=65"), "64 lanes"},
	{"lanes that wrap", argonWith("m=19456,t=1,p=257"), "64 lanes"},
	{"no lanes", argonWith("m=19456,t=1,p=0"), "malformed"},
	{"no passes", argonWith("m=19456,t=0,p=1"), "malformed"},
	{"no memory", argonWith("m=0,t=1,p=1"), "malformed"},
	{"too little memory for the lanes", argonWith("m=15,t=1,p=2"), "malformed"},
	{"negative", argonWith("m=-19456,t=1,p=1"), "malformed"},
	{"sign", argonWith("m=+19456,t=1,p=1"), "malformed"},
	{"leading zero", argonWith("m=019456,t=1,p=1"), "malformed"},
	{"two of the parameters", argonWith("m=19456,t=1"), "malformed"},
	{"four parameters", argonWith("m=19456,t=1,p=1,data=AA"), "malformed"},
	{"another order", argonWith("t=1,m=19456,p=1"), "malformed"},
	{"short salt", "$argon2id$v=19$m=8,t=1,p=1$c29tZXM$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rM", "malformed"},
	{"long salt", "$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("AAAA", 22) + "$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rM", "malformed"},
	{"short sum", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", "malformed"},
	{"no sum", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$", "malformed"},
	{"long sum", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("AAAA", 22), "malformed"},
	{"more behind", argonWith("m=19456,t=1,p=1") + "$", "malformed"},
	{"line", argonWith("m=19456,t=1,p=1") + "\n", "malformed"},
	{"padding", argonWith("m=19456,t=1,p=1") + "=", "malformed"},
	{"bits beyond the sum", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rN", "malformed"},
	{"a mebibyte", "$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("A", 1<<20), "malformed"},
	{"bcrypt of a high cost", "$2b$17$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HW", "cost of bcrypt"},
	{"bcrypt of a low cost", "$2b$03$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HW", "malformed"},
	{"bcrypt of no cost", "$2b$xx$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HW", "malformed"},
	{"short bcrypt", "$2b$10$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3H", "malformed"},
	{"long bcrypt", "$2b$10$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HWW", "malformed"},
	{"bcrypt of other characters", "$2b$10$Fb4nrB03A/6jypfMGluIVOzEeK=nL/QXG9mC7la8CZE6R.pbhF3HW", "malformed"},
	{"many rounds", "$pbkdf2-sha256$10000001$fG8t5fzf2zvHOKcUwjgnRA$xp6JnQXU6S.te7KxQVId7ZRiMeEtt4NgxbTV1puSMik", "10000000 rounds"},
	{"many rounds of Django", "pbkdf2_sha256$10000001$NaCl$SzIKc786JRjtYHDJmXdvgSoxOmbxMblq9B51M8+gk6A=", "10000000 rounds"},
	{"no rounds", "$pbkdf2-sha256$0$fG8t5fzf2zvHOKcUwjgnRA$xp6JnQXU6S.te7KxQVId7ZRiMeEtt4NgxbTV1puSMik", "malformed"},
	{"plain base64", "$pbkdf2-sha256$1000$8PHy8/T19vf4+fr7/P3+/w$KcGGkUM15KGtYJVMzmtucXR8dJXgCfnq7w9noYYXZCc", "malformed"},
	{"no salt", "$pbkdf2-sha256$1000$$KcGGkUM15KGtYJVMzmtucXR8dJXgCfnq7w9noYYXZCc", "malformed"},
	{"no salt of Django", "pbkdf2_sha256$1200$$SzIKc786JRjtYHDJmXdvgSoxOmbxMblq9B51M8+gk6A=", "malformed"},
	{"sum of SHA-1", "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$KcGGkUM15KGtYJVMzmtucXR8dJU", "malformed"},
	{"a part more", "pbkdf2_sha256$1200$NaCl$SzIKc786JRjtYHDJmXdvgSoxOmbxMblq9B51M8+gk6A=$", "malformed"},
	{"line inside", "pbkdf2_sha256$1200$NaCl$SzIKc786JRjtYHDJmX\ndvgSoxOmbxMblq9B51M8+gk6A=", "malformed"},
}

func argonWith(parameters string) string {
	return "$argon2id$v=19$" + parameters + "$c29tZXNhbHQ$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rM"
}

func TestHashesThatAreNotComputed(t *testing.T) {
	for _, tt := range refused {
		t.Run(tt.what, func(t *testing.T) {
			ok, stale, err := password.Verify(tt.hash, plain)
			if ok || stale || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, %v, %v, want an error with %q", ok, stale, err, tt.want)
			}
			if check := password.Check(tt.hash); check == nil || check.Error() != err.Error() {
				t.Errorf("Check = %v, want %v", check, err)
			}
			if sum := tt.hash[strings.LastIndex(tt.hash, "$")+1:]; len(sum) > 8 && strings.Contains(err.Error(), sum) {
				t.Error("the error has the hash")
			}
		})
	}
	if err := password.Check(""); err == nil {
		t.Error("Check takes the empty hash")
	}
}

// What is accepted, written in another way.
var accepted = []*regexp.Regexp{
	regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9][0-9]*),t=([1-9][0-9]*),p=([1-9][0-9]*)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$`),
	regexp.MustCompile(`^\$2[aby]\$(?:0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$`),
	regexp.MustCompile(`^\$pbkdf2-sha256\$([1-9][0-9]*)\$[A-Za-z0-9./]{2,86}\$[A-Za-z0-9./]{43}$`),
	regexp.MustCompile(`(?s)^pbkdf2_sha256\$([1-9][0-9]*)\$[^$]{1,64}\$[A-Za-z0-9+/]{43}=$`),
}

func FuzzCheck(f *testing.F) {
	for _, each := range foreign {
		f.Add(each.hash)
	}
	for _, each := range refused {
		f.Add(each.hash[:min(len(each.hash), 200)])
	}
	f.Fuzz(func(t *testing.T, hash string) {
		if password.Check(hash) != nil {
			return
		}
		for _, form := range accepted {
			parts := form.FindStringSubmatch(hash)
			if parts == nil {
				continue
			}
			var work int64 = 1 // of which only little is computed here
			for _, number := range parts[1:] {
				n, err := strconv.ParseInt(number, 10, 64)
				if err != nil || n > 10_000_000 {
					t.Fatalf("%q asks for %s", hash, number)
				}
				work *= n
			}
			if cheap := work <= 1000 && !strings.HasPrefix(hash, "$2"); cheap {
				if _, _, err := password.Verify(hash, plain); err != nil {
					t.Errorf("%q: %v", hash, err)
				}
			}
			return
		}
		t.Errorf("%q is accepted", hash)
	})
}
