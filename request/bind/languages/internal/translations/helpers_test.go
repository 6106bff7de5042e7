package translations_test

import (
	"io"
	"log"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/languages/ar"
	"github.com/soay-go/soay/request/bind/languages/de"
	"github.com/soay-go/soay/request/bind/languages/es"
	"github.com/soay-go/soay/request/bind/languages/fa"
	"github.com/soay-go/soay/request/bind/languages/fr"
	"github.com/soay-go/soay/request/bind/languages/hy"
	"github.com/soay-go/soay/request/bind/languages/id"
	"github.com/soay-go/soay/request/bind/languages/it"
	"github.com/soay-go/soay/request/bind/languages/ja"
	"github.com/soay-go/soay/request/bind/languages/ko"
	"github.com/soay-go/soay/request/bind/languages/lv"
	"github.com/soay-go/soay/request/bind/languages/nl"
	"github.com/soay-go/soay/request/bind/languages/pl"
	"github.com/soay-go/soay/request/bind/languages/pt"
	"github.com/soay-go/soay/request/bind/languages/ptbr"
	"github.com/soay-go/soay/request/bind/languages/ru"
	"github.com/soay-go/soay/request/bind/languages/th"
	"github.com/soay-go/soay/request/bind/languages/tr"
	"github.com/soay-go/soay/request/bind/languages/uk"
	"github.com/soay-go/soay/request/bind/languages/vi"
	"github.com/soay-go/soay/request/bind/languages/zh"
	"github.com/soay-go/soay/request/bind/languages/zhtw"
)

// tags are those of all languages.
var tags = []string{"en", "ar", "de", "es", "fa", "fr", "hy", "id", "it", "ja", "ko", "lv", "nl", "pl", "pt", "pt-BR", "ru", "th",
	"tr", "uk", "vi", "zh", "zh-TW"}

// all are the languages that are shipped.
var all = []bind.Language{ar.Language(), de.Language(), es.Language(), fa.Language(), fr.Language(), hy.Language(), id.Language(), it.Language(), ja.Language(), ko.Language(), lv.Language(), nl.Language(), pl.Language(), pt.Language(), ptbr.Language(), ru.Language(), th.Language(), tr.Language(), uk.Language(), vi.Language(), zh.Language(), zhtw.Language()}

// set has all of them.
var set = newSet()

func newSet() *messages.Set {
	sources := make([]messages.Source, len(all))
	for i, l := range all {
		sources[i] = messages.Source(l)
	}
	s, err := messages.NewSet(sources)
	if err != nil {
		panic(err)
	}
	return s
}

func in(tag string) *messages.Language { return set.For([]string{tag}) }

// text returns a message without its language.
func text(l *messages.Language, name, rule, param string, t reflect.Type) string {
	s, _ := l.Message(name, rule, param, t)
	return s
}

var (
	aString = reflect.TypeFor[string]()
	anInt   = reflect.TypeFor[int]()
	aSlice  = reflect.TypeFor[[]string]()
	aTime   = reflect.TypeFor[time.Time]()
)

// rulesOfTheLibrary are the validation tags that there are English translations for.
var rulesOfTheLibrary = []string{"required", "required_if", "required_unless", "required_with", "required_with_all",
	"required_without", "required_without_all", "excluded_if", "excluded_unless", "excluded_with", "excluded_with_all",
	"excluded_without", "excluded_without_all", "isdefault", "len", "min", "max", "eq", "ne", "lt", "lte", "gt", "gte", "eqfield",
	"eqcsfield", "necsfield", "gtcsfield", "gtecsfield", "ltcsfield", "ltecsfield", "nefield", "gtfield", "gtefield", "ltfield",
	"ltefield", "alpha", "alphanum", "alphaspace", "alphanumspace", "alphaunicode", "alphanumunicode", "numeric", "number",
	"hexadecimal", "hexcolor", "rgb", "rgba", "hsl", "hsla", "e164", "email", "url", "uri", "base64", "contains", "containsany",
	"startswith", "endswith", "startsnotwith", "endsnotwith", "excludes", "excludesall", "excludesrune", "isbn", "isbn10", "isbn13",
	"issn", "urn_rfc2141", "uuid", "uuid3", "uuid4", "uuid5", "ulid", "ascii", "printascii", "multibyte", "datauri", "latitude",
	"longitude", "ssn", "ipv4", "ipv6", "ip", "cidr", "cidrv4", "cidrv6", "tcp_addr", "tcp4_addr", "tcp6_addr", "udp_addr",
	"udp4_addr", "udp6_addr", "ip_addr", "ip4_addr", "ip6_addr", "unix_addr", "mac", "fqdn", "unique", "iscolor", "cron", "oneof",
	"json", "jwt", "lowercase", "uppercase", "datetime", "timezone", "postcode_iso3166_alpha2", "postcode_iso3166_alpha2_field",
	"boolean", "image", "mimetype", "cve", "bcp47_strict_language_tag", "validateFn"}

// rulesWithoutTranslation are tags of the library that English messages are written for here, or in few languages only.
var rulesWithoutTranslation = []string{"base32", "base64rawurl", "base64url", "bcp47_language_tag", "bic", "bic_iso_9362_2014",
	"btc_addr", "btc_addr_bech32", "cmyk", "containsrune", "country_code", "credit_card", "dns_rfc1035_label", "duration", "ein",
	"eq_ignore_case", "eth_addr", "eth_addr_checksum", "eu_country_code", "fieldcontains", "fieldexcludes", "hostname",
	"hostname_label", "hostname_port", "hostname_rfc1123", "html", "html_encoded", "http_url", "https_url", "iso3166_1_alpha2",
	"iso3166_1_alpha2_eu", "iso3166_1_alpha3", "iso3166_1_alpha3_eu", "iso3166_1_alpha_numeric", "iso3166_1_alpha_numeric_eu",
	"iso3166_2", "iso4217", "iso4217_numeric", "luhn_checksum", "md4", "md5", "mongodb", "mongodb_connection_string",
	"ne_ignore_case", "noneof", "noneofci", "oneofci", "origin", "port", "ripemd128", "ripemd160", "semver", "sha256", "sha384",
	"sha512", "skip_unless", "tiger128", "tiger160", "tiger192", "url_encoded", "urn_rfc8141", "uuid3_rfc4122", "uuid4_rfc4122",
	"uuid5_rfc4122", "uuid7", "uuid_rfc4122"}

// rulesOfParsing are the names of violations of values that cannot be read.
var rulesOfParsing = []string{"integer", "number", "boolean", "string", "array", "object", "date-time", "duration", "text",
	"value", "base64", "range", "repeated", "duplicate", "syntax", "unsupported", "null", "unknown", "depth", "empty", "trailing",
	"utf8", "type"}

// ownRules are the rules that the library does not have.
var ownRules = []string{"notblank", "notnull"}

var allRules = slices.Concat(rulesOfTheLibrary, rulesWithoutTranslation, rulesOfParsing, ownRules)

// printed returns what f writes to the standard output, the standard error and the log.
func printed(t *testing.T, f func()) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, failed, logged := os.Stdout, os.Stderr, log.Writer()
	os.Stdout, os.Stderr = write, write
	log.SetOutput(write)
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(read)
		text <- string(all)
	}()
	defer func() {
		os.Stdout, os.Stderr = out, failed
		log.SetOutput(logged)
	}()
	f()
	write.Close()
	return <-text
}
