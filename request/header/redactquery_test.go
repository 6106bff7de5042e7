package header_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestRedactQuery(t *testing.T) {
	long := strings.Repeat("x", 4000)
	tests := []struct {
		name, raw, want string
	}{
		{"none", "", ""},
		{"no secret, byte for byte", "a=1&b=%7E%7e+x&&c&=d&=&ü=ö&a;b=1", "a=1&b=%7E%7e+x&&c&=d&=&ü=ö&a;b=1"},
		{"one", "token=abc", "token=REDACTED"},
		{"between others", "a=1&token=abc&b=2", "a=1&token=REDACTED&b=2"},
		{"twice", "token=a&token=b", "token=REDACTED&token=REDACTED"},
		{"empty, or no value at all", "token=&token", "token=&token"},
		{"in capitals", "ToKeN=abc", "ToKeN=REDACTED"},
		{"escaped", "%74%6Fken=abc", "%74%6Fken=REDACTED"},
		{"escaped twice", "%2574oken=abc&a=1", "%2574oken=abc&a=1"}, // no server takes it for token
		{"with = in its value", "token=a=b==", "token=REDACTED"},
		{"; is no separator", "token=abc;a=1&b=2", "token=REDACTED&b=2"},
		{"; before a name", "a=1;token=abc", "a=REDACTED"},
		{"a list", "token[]=a&token%5B0%5D=b", "token[]=REDACTED&token%5B0%5D=REDACTED"},
		{"in an object", "user[password]=a&user.password=b&user.password.old=c",
			"user[password]=REDACTED&user.password=REDACTED&user.password.old=REDACTED"},
		{"spaces around", "+token+=abc", "+token+=REDACTED"},
		{"OAuth", "code=abc&state=xyz&session_state=1", "code=REDACTED&state=xyz&session_state=1"},
		{"tokens", "access_token=a&idToken=b&refresh-token=c&jwt=d", "access_token=REDACTED&idToken=REDACTED&refresh-token=REDACTED&jwt=REDACTED"},
		{"keys", "key=a&api_key=b&apikey=c&X-Api-Key=d&client_secret=e", "key=REDACTED&api_key=REDACTED&apikey=REDACTED&X-Api-Key=REDACTED&client_secret=REDACTED"},
		{"a presigned link of S3", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F2026&X-Amz-Security-Token=a&X-Amz-Signature=b&X-Amz-Date=1",
			"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&X-Amz-Signature=REDACTED&X-Amz-Date=1"},
		{"an old one", "AWSAccessKeyId=a&Signature=b&Expires=1", "AWSAccessKeyId=REDACTED&Signature=REDACTED&Expires=1"},
		{"others", "X-Goog-Signature=a&sig=b&sv=1", "X-Goog-Signature=REDACTED&sig=REDACTED&sv=1"},
		{"sessions", "PHPSESSID=a&sid=b&session=c&session_id=d", "PHPSESSID=REDACTED&sid=REDACTED&session=REDACTED&session_id=REDACTED"},
		{"names that only begin so", "keyword=a&codec=b&author=c&side=d&tokens=e", "keyword=a&codec=b&author=c&side=d&tokens=e"},
		{"own names", "iban=DE1&IBAN=DE2&i_ban=DE3&ibans=x&user[iban]=DE4&a.b=c&a[b]=d", "iban=REDACTED&IBAN=REDACTED&i_ban=REDACTED&ibans=x&user[iban]=REDACTED&a.b=REDACTED&a[b]=d"},
		{"a malformed name", "tok%en=abc&a=1", "REDACTED&a=1"},
		{"a malformed value", "a=%zz&b=%4&c=%", "a=REDACTED&b=REDACTED&c=REDACTED"},
		{"a malformed word", "%zz&a", "REDACTED&a"},
		{"a percent sign", "discount=100%25", "discount=100%25"},
		{"= escaped", "token%3Dabc&a%26token%3Dabc=1", "REDACTED&REDACTED"},
		{"a link in a value", "next=%2Fa%3Fb%3D1%26token%3Dabc&c=2", "next=REDACTED&c=2"},
		{"a link in a link", "next=%2Fa%3Fnext%3D%252Fb%253Ftoken%253Dabc", "next=REDACTED"},
		{"a harmless link", "next=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1", "next=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1"},
		{"escaped too often", "a=%25252525252541", "a=REDACTED"},
		{"JSON", "filter=%7B%22password%22+%3A+%22abc%22%7D", "filter=REDACTED"},
		{"a name that is too long", long[:129] + "=abc", long[:129] + "=REDACTED"},
		{"too long", "a=" + long, "a=" + long[:2043] + "..."},
		{"too long with a secret at the cut", "a=" + long[:2040] + "&token=abc", "a=" + long[:2040] + "&to..."},
		{"grows too long", strings.Repeat("pin=1&", 400), strings.Repeat("pin=REDACTED&", 400)[:2045] + "..."},
		{"a secret that is too long", "token=" + long + "&a=1", "token=REDACTED&a=1"},
		{"as long as it may be", long[:2048], long[:2048]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.RedactQuery(tt.raw, []string{"iban", "a.b", ""}); got != tt.want {
				t.Errorf("RedactQuery(%q) = %q, want %q", tt.raw, got, tt.want)
			}
		})
	}
}

func TestRedactQueryCost(t *testing.T) {
	names := []string{"iban"}
	if n := testing.AllocsPerRun(100, func() { header.RedactQuery("page=2&sort=-name&filter[age]=7", names) }); n != 0 {
		t.Errorf("%v allocations for a query without secrets, want none", n)
	}
}

// Whatever stands around it and however its name is written, the value of a secret never comes through. What is before it
// cannot change that, and without a secret in it a query that is well formed stays.
func FuzzRedactQuery(f *testing.F) {
	const secret = "s3cr3t"
	names := []string{"token", "Access_Token", "code", "X-Amz-Signature", "client_secret", "own", "user[own]", "own[]", "a.token"}
	for _, seed := range []struct{ before, after string }{
		{"", ""}, {"a=1&", "&b=2"}, {"%&", ";x"}, {"a=%zz&", "&&&"}, {"next=/?", "&a"}, {"a=%26", "="}, {"%25", "%"}, {"token", "=x"},
		{strings.Repeat("&", 2044), ""}, {strings.Repeat("pin=1&", 158), ""}, {"a;", ""}, {"[", "]"}, {"\"", ""},
	} {
		f.Add(seed.before, uint8(0), uint8(3), seed.after)
		f.Add(seed.before, uint8(5), uint8(0xff), seed.after)
	}
	f.Fuzz(func(t *testing.T, before string, which, escaped uint8, after string) {
		if strings.Contains(before, secret) || strings.Contains(after, secret) {
			return
		}
		var name strings.Builder
		for i, c := range []byte(names[int(which)%len(names)]) {
			if escaped>>(i%8)&1 == 1 {
				name.WriteString("%" + string("0123456789abcdef"[c>>4]) + string("0123456789ABCDEF"[c&15]))
			} else {
				name.WriteByte(c)
			}
		}
		raw := before + "&" + name.String() + "=" + secret + after
		got := header.RedactQuery(raw, []string{"own"})
		if strings.Contains(got, secret) {
			t.Errorf("RedactQuery(%q) = %q, which has the secret", raw, got)
		}
		if len(got) > 2048 {
			t.Errorf("RedactQuery(%q) has %d bytes", raw, len(got))
		}
		if again := header.RedactQuery(got, []string{"own"}); again != got && len(got) < 2048 {
			t.Errorf("RedactQuery(%q) = %q, and of that it makes %q", raw, got, again)
		}
		plain := "q=" + url.QueryEscape(before)
		if len(plain) <= 2048 && !strings.ContainsAny(before, "=:%") && header.RedactQuery(plain, []string{"own"}) != plain {
			t.Errorf("RedactQuery(%q) = %q", plain, header.RedactQuery(plain, []string{"own"}))
		}
	})
}
