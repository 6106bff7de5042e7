// Package basic proves who clients are by a name and a password that they send with every request (RFC 7617): curl -u,
// and the dialog that browsers show.
//
//	app.AddScheme("staff", basic.New(basic.Options{Users: []basic.User{
//		{Name: "ada", PasswordHash: os.Getenv("APP_ADA_HASH"), Roles: []string{"admin"}},
//	}}))
//	app.Get("/admin", admin).Auth(soay.Auth{Roles: []string{"admin"}})
//
// The name is the subject of the identity. Options.Verify asks a database or a directory in place of Users.
//
// # Only over https
//
// The password is in every request, and no more than encoded. So over http the scheme takes none, and asks for none,
// from clients on other machines: a browser would send the password before anybody could say no. Such requests get
// 403. A proxy in front of the app that ends https must be one of App.UseProxies, or the app does not know of it.
//
// # Forged requests
//
// Browsers remember the password and send it with all that they ask for, also where a page of another site makes them.
// So the guard against forged requests looks at requests with Basic, also in apps without sessions, see package
// antiforgery. Programs need not care.
//
// # What it costs
//
// A good hash of a password takes some 20 ms of a processor by design, and Basic needs it in every request.
// Options.Remember keeps in memory, for a few minutes, that a name and a password were right. Unknown names cost as
// much as known ones do, so that the time does not tell which there are; give all Users hashes of one kind.
//
// # Responses
//
//	200 ...                       the password is right; Cache-Control: private
//	400 credentials-malformed     two headers, no canonical base64, no colon, no UTF-8, control characters
//	401 credentials-missing       no credentials, where a rule asks for some; WWW-Authenticate has the realm
//	401 credentials-invalid       wrong name or password
//	403 not-allowed               http from another machine
//	429 too-many-attempts         too many wrong ones have come from the address
//	503                           Verify has failed or took more than 5 s, or too many hashes are being computed
//
// Neither a response nor the log has anything of the password or of its hash.
package basic
