// Package apikey proves who programs are by keys that they send with every request:
//
//	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{
//		{ID: "importer", Digest: os.Getenv("APP_IMPORTER_DIGEST"), Scopes: []string{"cats:write"}},
//	}}))
//	app.Post("/cats", add).Auth(soay.Auth{Scopes: []string{"cats:write"}})
//
// [NewKey] makes a key and its digest. The program that calls the app gets the key, and the app needs the digest only,
// so neither its settings nor its database have anything that opens a door:
//
//	go run ./examples/newkey -api cats   # in a clone of Soay
//
// # Where the key stands
//
// The key stands in the header X-Api-Key, unless Options names other places. A request with two keys, in one place or
// two, is refused with 400; cookies do not count here. A key in the query is seen by whoever sees the address: logs of proxies, the history of
// browsers, other sites. Responses to such requests are therefore not stored, and have Referrer-Policy: no-referrer.
//
// A cookie is sent by browsers unasked. So the guard against forged requests looks at requests with a key in a cookie,
// also in apps without sessions, and a wrong key in a cookie is that of nobody, as an expired session is: the request
// gets 401 only where a rule asks. If a request has a key in another place as well, that one counts and the cookie does
// not.
//
// # Keys in a database
//
// Lookup is asked for keys that Keys has not. It gets the SHA-256 digest, never the key, so that a line of a database
// log, or a copy of the table, has no key. An index finds the digest. How long that takes tells nothing of use: nobody
// can make keys whose digests begin as they want and then learn the key from the digest.
//
// Keys of [NewKey] end in a checksum. A key of that form with another checksum was mistyped or made up, and is refused
// without a question to Lookup.
//
// # Responses
//
//	200 ...                       the key is known; Cache-Control: private, and Vary names the header
//	400 credentials-malformed     two keys, a list, a character that no key has, more than 4,096 characters
//	401 credentials-missing       no key, where a rule asks for one
//	401 credentials-invalid       the key is not known
//	401 credentials-expired       it was, until its Expires
//	429 too-many-attempts         too many unknown keys have come from the address
//	503                           Lookup has failed, or took more than 5 s
//
// Neither a response nor the log has anything of the key.
package apikey
