// Package inject makes services. A service is a value that code asks for by its type. A factory makes it, and
// the parameters of the factory are other services. The package is for the framework; an app has services
// by the functions of package soay.
//
//	var c inject.Container
//	inject.Add(&c, inject.Service[*sql.DB]{Lifetime: inject.Singleton, Factory: openDatabase})
//	inject.Add(&c, inject.Service[*Cats]{Lifetime: inject.Scoped, Factory: newCats}) // of *sql.DB
//	plan, err := c.Compile()
//	…
//	provider, err := plan.Start()
//
// A [Container] takes the registrations. Compile checks all of them at once and makes a [Plan], which never
// changes. Starting it makes the singletons and gives a [Provider]. Each request or job then opens a [Scope]
// of it, resolves services there and closes it. A service is found by its [Slot], which is looked up once;
// resolving the service is then an index and the call of its factory.
//
// A value that lives as long as the provider can have fields tagged inject: [Plan.CheckFields] checks them,
// and [Provider.FillFields] sets them.
//
// Programs use package soay: its functions AddSingleton, AddScoped, AddTransient, AddInstance and Resolve.
package inject
