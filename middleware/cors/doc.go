// Package cors lets pages of other origins read the answers of an app (Cross-Origin Resource Sharing, the Fetch standard,
// section 3.2). It is used through App.UseCORS, Route.CORS and Group.CORS:
//
//	app.UseCORS(soay.CORS{Origins: []string{"https://shop.example"}})
//
// A policy gives rights to scripts of browsers and takes none from anybody: who may do what is asked by authentication
// and authorization, and requests that other sites forge are refused by the guard of package antiforgery.
package cors
