package bind_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
)

var scalars = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int64](), reflect.TypeFor[uint16](),
	reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[label](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[uuid](), reflect.TypeFor[netip.Addr](),
	reflect.TypeFor[[]byte](), reflect.TypeFor[any](), reflect.TypeFor[json.Number](), reflect.TypeFor[part](),
	reflect.TypeFor[bind.Optional[*int]](),
}

var keys = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[int16](), reflect.TypeFor[uint](), reflect.TypeFor[uuid](), reflect.TypeFor[label](),
}

// randomType makes a type out of others.
func randomType(r *rand.Rand, depth int) reflect.Type {
	if depth == 0 {
		return scalars[r.IntN(len(scalars))]
	}
	switch r.IntN(6) {
	case 0:
		return reflect.SliceOf(randomType(r, depth-1))
	case 1:
		return reflect.ArrayOf(r.IntN(4), randomType(r, depth-1))
	case 2:
		return reflect.MapOf(keys[r.IntN(len(keys))], randomType(r, depth-1))
	case 3:
		if t := randomType(r, depth-1); !hasNull(t) {
			return reflect.PointerTo(t)
		}
	case 4:
		return randomType(r, 0)
	}
	return randomStruct(r, depth)
}

// hasNull reports whether null is a value of a type already, so that a pointer to it has two of them.
func hasNull(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return true
	}
	return t == reflect.TypeFor[bind.Optional[*int]]()
}

func randomStruct(r *rand.Rand, depth int) reflect.Type {
	fields := make([]reflect.StructField, 1+r.IntN(10))
	for i := range fields {
		tag := []string{"", `json:"n%d"`, `json:"n%d,omitempty"`, `json:"n%d,omitzero"`, `json:"n%d,string"`, `json:"-"`}[r.IntN(6)]
		if bytes.Contains([]byte(tag), []byte("%d")) {
			tag = fmt.Sprintf(tag, i)
		}
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: randomType(r, depth-1), Tag: reflect.StructTag(tag),
		}
	}
	return reflect.StructOf(fields)
}

// randomize sets v to a random value that JSON can hold.
func randomize(r *rand.Rand, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).UTC()
		return
	case *netip.Addr:
		*p = netip.AddrFrom4([4]byte{byte(r.Uint32()), 1, 2, 3})
		return
	case *json.Number:
		*p = json.Number(fmt.Sprint(r.IntN(100), ".5e", r.IntN(400)))
		return
	case *any:
		*p = []any{nil, true, "x", 1.5, []any{"y", nil}, map[string]any{"k": 1.0}}[r.IntN(6)]
		return
	case *bind.Optional[*int]:
		*p = []bind.Optional[*int]{bind.Some(new(5)), bind.Some[*int](nil)}[r.IntN(2)]
		return
	}
	randomizeKind(r, v)
}

func randomizeKind(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int64:
		v.SetInt(r.Int64() >> (r.IntN(64)) << (64 - v.Type().Bits()) >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(r.Uint64() >> (r.IntN(64)) << (64 - v.Type().Bits()) >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(float32(r.NormFloat64() * 1e6)))
	case reflect.String:
		v.SetString([]string{"", "a", "é\n\"\\", "<&>\u2028", "😀", "null"}[r.IntN(6)])
	case reflect.Pointer:
		if r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			randomize(r, v.Elem())
		}
	case reflect.Slice:
		if r.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(7), 9))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			randomize(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			randomize(r, key)
			randomize(r, elem)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.Tag.Get("json") != "-" {
				randomize(r, value)
			}
		}
	}
}

// A value of any type that is written by encoding/json binds to one that is written alike.
func TestRandomTypes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	c := bind.NewCompiler(nil)
	for range 300 {
		typ := reflect.StructOf([]reflect.StructField{{Name: "In", Type: randomStruct(r, 1+r.IntN(3)), Tag: `body:"json"`}})
		plan, err := c.Plan(typ)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			first, second := reflect.New(typ).Elem(), reflect.New(typ).Elem()
			randomize(r, first.Field(0))
			text, err := json.Marshal(first.Field(0).Interface())
			if err != nil {
				t.Fatal(err)
			}
			if err := plan.Bind(post(jsonType, string(text)), second); err != nil {
				t.Fatalf("%s\n%s: %s", typ, text, summary(err))
			}
			if again, err := json.Marshal(second.Field(0).Interface()); err != nil || !bytes.Equal(text, again) {
				t.Fatalf("%s\n%s\nbinds to %s, %v", typ, text, again, err)
			}
		}
	}
}
