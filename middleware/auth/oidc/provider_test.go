package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	clientID = "cats"
	secret   = "client-secret-of-the-test-0123456789"
)

// op is an OpenID provider on this machine, which lies where a test wants it to.
type op struct {
	*httptest.Server
	key *ecdsa.PrivateKey

	mu       sync.Mutex
	subject  string
	lie      lies
	codes    map[string]url.Values // the requests of codes that are not used yet
	refresh  map[string]bool       // the refresh tokens that are not used yet
	calls    map[string]int        // by endpoint
	accesses int
	asked    []url.Values // the requests for a sign-in
	forms    []url.Values // those for tokens
}

// lies change what the provider says. nil changes nothing.
type lies struct {
	metadata func(map[string]any)
	claims   func(map[string]any)
	header   func(map[string]any)
	token    func(string) string             // the ID token
	answer   func(url.Values)                // the parameters of the callback
	endpoint func(http.Handler) http.Handler // the token endpoint
	tokens   func(map[string]any)            // the answer of the token endpoint
	userInfo func(map[string]any)
	keys     func(http.Handler) http.Handler
	lifetime time.Duration // of access tokens, 0 for an hour
	secret   string        // that of the client, "" for secret
}

func newOP(t testing.TB) *op {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &op{key: key, subject: "248289761001", codes: map[string]url.Values{}, refresh: map[string]bool{}, calls: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls[r.URL.Path]++
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// change makes the provider lie from now on.
func (p *op) change(f func(*lies)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.lie)
}

func (p *op) lies() lies {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lie
}

func (p *op) called(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

func (p *op) discovery(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/end", "jwks_uri": p.URL + "/keys",
	}
	if f := p.lies().metadata; f != nil {
		f(m)
	}
	writeJSON(w, m)
}

func (p *op) keys(w http.ResponseWriter, r *http.Request) {
	h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		point, err := p.key.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		writeJSON(w, map[string]any{"keys": []any{map[string]any{
			"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1", "x": b64(point[1:33]), "y": b64(point[33:]),
		}}})
	}))
	if f := p.lies().keys; f != nil {
		h = f(h)
	}
	h.ServeHTTP(w, r)
}

func (p *op) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := b64([]byte(rand.Text()))
	p.mu.Lock()
	p.codes[code] = q
	p.asked = append(p.asked, q)
	p.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {q.Get("state")}}
	if f := p.lies().answer; f != nil {
		f(answer)
	}
	if q.Get("response_mode") == "form_post" {
		fmt.Fprint(w, answer.Encode())
		return
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (p *op) token(w http.ResponseWriter, r *http.Request) {
	h := http.Handler(http.HandlerFunc(p.answerToken))
	if f := p.lies().endpoint; f != nil {
		h = f(h)
	}
	h.ServeHTTP(w, r)
}

// answerToken takes a code or a refresh token once, and checks the client and the verifier.
func (p *op) answerToken(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	lie := p.lies()
	id, given, _ := r.BasicAuth()
	if want := lie.secret; id != clientID || given != secret && want == "" || want != "" && given != want {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forms = append(p.forms, r.PostForm)
	p.accesses++
	tokens := map[string]any{"access_token": fmt.Sprint("access-", p.accesses), "token_type": "Bearer", "expires_in": 3600}
	if lie.lifetime != 0 {
		tokens["expires_in"] = int(lie.lifetime / time.Second)
	}
	switch r.PostForm.Get("grant_type") {
	case "refresh_token":
		if given := r.PostForm.Get("refresh_token"); !p.refresh[given] {
			refuse(w, http.StatusBadRequest, "invalid_grant")
			return
		} else {
			delete(p.refresh, given)
		}
	default:
		q, known := p.codes[r.PostForm.Get("code")]
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		if !known || q.Get("code_challenge") != b64(sum[:]) || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != r.PostForm.Get("redirect_uri") {
			refuse(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		delete(p.codes, r.PostForm.Get("code"))
		tokens["id_token"] = p.idToken(lie, q, tokens["access_token"].(string))
	}
	next := fmt.Sprint("refresh-", p.accesses)
	p.refresh[next] = true
	tokens["refresh_token"] = next
	if lie.tokens != nil {
		lie.tokens(tokens)
	}
	writeJSON(w, tokens)
}

// idToken returns the ID token of a sign-in.
func (p *op) idToken(lie lies, q url.Values, access string) string {
	now := time.Now().Unix()
	sum := sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": p.URL, "sub": p.subject, "aud": clientID, "exp": now + 300, "iat": now, "nonce": q.Get("nonce"), "auth_time": now,
		"at_hash": b64(sum[:16]), "sid": "session-1", "name": "Ada Lovelace", "email": "ada@example.com", "realm_access": map[string]any{"roles": []any{"admin"}},
	}
	if lie.claims != nil {
		lie.claims(claims)
	}
	return p.sign(lie, claims)
}

func (p *op) sign(lie lies, claims map[string]any) string {
	head := map[string]any{"alg": "ES256", "kid": "k1", "typ": "JWT"}
	if lie.header != nil {
		lie.header(head)
	}
	token := p.signed(head, claims)
	if lie.token != nil {
		token = lie.token(token)
	}
	return token
}

// signed returns a token in the compact form.
func (p *op) signed(head, claims map[string]any) string {
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	text := b64(h) + "." + b64(c)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return text + "." + b64(sig)
}

func (p *op) userInfo(w http.ResponseWriter, r *http.Request) {
	info := map[string]any{"sub": p.subject, "phone_number": "+44 20 7946 0000", "name": "another name"}
	if f := p.lies().userInfo; f != nil {
		f(info)
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer access-") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	writeJSON(w, info)
}

// logoutToken returns a logout token with these claims changed.
func (p *op) logoutToken(change map[string]any) string {
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": p.URL, "sub": p.subject, "aud": clientID, "exp": now + 120, "iat": now, "jti": rand.Text(), "sid": "session-1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return p.signed(map[string]any{"alg": "ES256", "kid": "k1", "typ": "logout+jwt"}, claims)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": code, "error_description": "leak-" + code})
}
