package inject_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/inject"
)

type (
	Shelf struct {
		DB *db `inject:""`
	}
	pointedTo struct {
		Store store `inject:""`
	}
	shop struct {
		Shelf
		*pointedTo
		Cats  *cats  `inject:""`
		Title string // not tagged
		Inner struct {
			DB *db `inject:""` // not embedded
		}
	}
	closedShop struct {
		db *db `inject:""` //lint:ignore U1000 it is there to be refused
	}
	unitShop struct {
		Unit *unit     `inject:""`
		List list[int] `inject:""`
		None *handler  `inject:""`
	}
	nilShop struct {
		*pointedTo
		DB *db `inject:""`
	}
	number int
)

// shopPlan has singletons of three types, a scoped service and a transient one.
func shopPlan(t *testing.T) *inject.Plan {
	t.Helper()
	var c inject.Container
	j := &journal{}
	inject.Add(&c, inject.Service[*db]{Factory: func() *db { return &db{j.part("db")} }})
	inject.Add(&c, inject.Service[*cats]{Factory: func(d *db) *cats { return &cats{j.part("cats"), d} }})
	inject.Add(&c, inject.Service[store]{Factory: func(c *cats) store { return c }})
	inject.Add(&c, inject.Service[*unit]{Lifetime: inject.Scoped, Factory: func() *unit { return &unit{} }})
	inject.Add(&c, inject.Service[list[int]]{Lifetime: inject.Transient, Factory: func() list[int] { return list[int]{} }})
	plan, err := c.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestCheckFields(t *testing.T) {
	plan := shopPlan(t)
	for _, tt := range []struct {
		description string
		value       any
		want        []string
	}{
		{"a pointer to a struct", &shop{pointedTo: &pointedTo{}}, nil},
		{"an embedded pointer to nothing", &nilShop{}, nil},
		{"no struct", number(1), nil},
		{"a pointer to no struct", new(number), nil},
		{"a struct that is a copy", Shelf{}, []string{"field DB: it cannot be set; export it, and register a pointer"}},
		{"a field that is not exported", &closedShop{}, []string{"field db: it cannot be set; export it, and register a pointer"}},
		{"services that are no singletons, and none", &unitShop{}, []string{
			"field Unit: *inject_test.unit is scoped; all requests share a shop, so it takes singletons",
			"field List: inject_test.list[int] is transient; all requests share a shop, so it takes singletons",
			"field None: *inject_test.handler: no such service",
		}},
	} {
		var got []string
		if err := plan.CheckFields(reflect.ValueOf(tt.value), "a shop"); err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
}

func TestFillFields(t *testing.T) {
	provider, err := shopPlan(t).Start()
	if err != nil {
		t.Fatal(err)
	}
	s := shop{pointedTo: &pointedTo{}, Title: "Cats"}
	if err := provider.FillFields(reflect.ValueOf(&s)); err != nil {
		t.Fatal(err)
	}
	if s.DB == nil || s.Cats == nil || s.Cats.db != s.DB || s.Store != store(s.Cats) || s.Title != "Cats" || s.Inner.DB != nil {
		t.Errorf("filled %+v", s)
	}
	if err := provider.Close(); err != nil {
		t.Error(err)
	}
	err = provider.FillFields(reflect.ValueOf(&shop{}))
	if want := "field DB: inject: resolve *inject_test.db: the services are closed"; err == nil || err.Error() != want {
		t.Errorf("after the end: %v, want %s", err, want)
	}
}
