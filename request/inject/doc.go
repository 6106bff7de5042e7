// Package inject makes services for those who need them. A service is a value of a type that stands
// for it, made by a factory whose parameters are other services. The package is for the framework; an app
// has services by the functions of package soay.
//
//	var c inject.Container
//	inject.Add(&c, inject.Service[*sql.DB]{Lifetime: inject.Singleton, Factory: openDatabase})
//	inject.Add(&c, inject.Service[*Cats]{Lifetime: inject.Scoped, Factory: newCats}) // of *sql.DB
//	plan, err := c.Compile()
//	…
//	provider, err := plan.Start()
//
// A [Container] takes the registrations. Compile checks them all at once and makes a [Plan], which
// never changes. Starting it makes the singletons and gives a [Provider]; each request or job then
// opens a [Scope] of it, resolves services there and closes it. Services are found by a [Slot],
// which is asked for once, so that resolving one is an index and the call of its factory.
//
// Package soay is what programs use: its functions AddSingleton, AddScoped, AddTransient,
// AddInstance and Resolve.
package inject
