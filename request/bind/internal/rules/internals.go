package rules

import (
	"context"
	"reflect"
	"runtime"

	"github.com/go-playground/validator/v10"
)

// inside reads what a validator keeps to itself. It writes nothing, and knows nothing if the fields
// are not those that it was written for.
type internals struct {
	known       bool
	tagName     reflect.Value // string
	aliases     reflect.Value // map[string]string
	functions   reflect.Value // map[string]struct{ fn validator.FuncCtx; runValidationOnNil bool }
	customTypes reflect.Value // map[reflect.Type]validator.CustomTypeFunc
	structs     reflect.Value // map[reflect.Type]validator.StructLevelFuncCtx
	fieldTags   reflect.Value // map[reflect.Type]map[string]string
	nameOf      reflect.Value // validator.TagNameFunc
}

func readInternals(v *validator.Validate) internals {
	s := reflect.ValueOf(v).Elem()
	in := internals{
		tagName:     s.FieldByName("tagName"),
		aliases:     s.FieldByName("aliases"),
		functions:   s.FieldByName("validations"),
		customTypes: s.FieldByName("customFuncs"),
		structs:     s.FieldByName("structLevelFuncs"),
		fieldTags:   s.FieldByName("rules"),
		nameOf:      s.FieldByName("tagNameFunc"),
	}
	in.known = hasType[string](in.tagName) && hasType[map[string]string](in.aliases) && in.hasFunctions() &&
		hasType[map[reflect.Type]validator.CustomTypeFunc](in.customTypes) &&
		hasType[map[reflect.Type]validator.StructLevelFuncCtx](in.structs) &&
		hasType[map[reflect.Type]map[string]string](in.fieldTags) && hasType[validator.TagNameFunc](in.nameOf)
	return in
}

func hasType[T any](v reflect.Value) bool { return v.IsValid() && v.Type() == reflect.TypeFor[T]() }

func (in internals) hasFunctions() bool {
	if !in.functions.IsValid() || in.functions.Kind() != reflect.Map ||
		in.functions.Type().Key() != reflect.TypeFor[string]() ||
		in.functions.Type().Elem().Kind() != reflect.Struct {
		return false
	}
	wrapper := reflect.Zero(in.functions.Type().Elem())
	return hasType[validator.FuncCtx](wrapper.FieldByName("fn")) &&
		hasType[bool](wrapper.FieldByName("runValidationOnNil"))
}

// alias returns what an alias stands for.
func (in internals) alias(name string) (string, bool) {
	if !in.known {
		return "", false
	}
	tags := in.aliases.MapIndex(reflect.ValueOf(name))
	if !tags.IsValid() {
		return "", false
	}
	return tags.String(), true
}

// has reports whether there is a function for a rule.
func (in internals) has(name string) bool {
	return in.known && in.functions.MapIndex(reflect.ValueOf(name)).IsValid()
}

// runsOnNil reports whether the library asks a rule about nil as well.
func (in internals) runsOnNil(name string) bool {
	return in.has(name) &&
		in.functions.MapIndex(reflect.ValueOf(name)).FieldByName("runValidationOnNil").Bool()
}

// hasCustomType reports whether values of a type are replaced by others before they are judged.
func (in internals) hasCustomType(t reflect.Type) bool {
	return !in.known || in.customTypes.MapIndex(reflect.ValueOf(t)).IsValid()
}

// hasStruct reports whether there is a struct-level rule for a type.
func (in internals) hasStruct(t reflect.Type) bool {
	return !in.known || in.structs.MapIndex(reflect.ValueOf(t)).IsValid()
}

// fieldTag returns the tag that was registered for a field in place of the one that it has.
func (in internals) fieldTag(t reflect.Type, field string) (string, bool) {
	if !in.known {
		return "", false
	}
	tags := in.fieldTags.MapIndex(reflect.ValueOf(t))
	if !tags.IsValid() {
		return "", false
	}
	tag := tags.MapIndex(reflect.ValueOf(field))
	if !tag.IsValid() {
		return "", false
	}
	return tag.String(), true
}

// function names the function behind a rule, "" if that cannot be found out. Functions cannot be
// compared, and all that were registered look the same from outside, since the library puts each
// into one of its own. So it is called with something that it cannot use, and the stack tells.
func (in internals) function(name string) string {
	if fn := in.call(name); fn != nil {
		return calledBy(fn)
	}
	return ""
}

// call returns the function behind a rule, nil if it cannot be had.
func (in internals) call(name string) validator.FuncCtx {
	if !in.has(name) {
		return nil
	}
	functions := readable(in.functions)
	wrapper := reflect.New(functions.Type().Elem()).Elem()
	wrapper.Set(functions.MapIndex(reflect.ValueOf(name)))
	return readable(wrapper.FieldByName("fn")).Interface().(validator.FuncCtx)
}

// readable is an unexported field to be used: what comes from one cannot be, but a pointer to it.
func readable(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}

// customs returns the functions that replace values of a type by others.
func (in internals) customTypeFuncs() map[reflect.Type]validator.CustomTypeFunc {
	if !in.known {
		return nil
	}
	return readable(in.customTypes).Interface().(map[reflect.Type]validator.CustomTypeFunc)
}

// name returns what the application calls a field.
func (in internals) name(field reflect.StructField) string {
	if in.known && !in.nameOf.IsNil() {
		if name := readable(in.nameOf).Interface().(validator.TagNameFunc)(field); name != "" {
			return name
		}
	}
	return field.Name
}

// useless panics whatever it is asked.
type useless struct{ validator.FieldLevel }

// calledBy names the function that fn calls before anything else.
func calledBy(fn validator.FuncCtx) (name string) {
	defer func() {
		if recover() == nil {
			return
		}
		var pcs [64]uintptr
		frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
		called := ""
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if frame.Entry == reflect.ValueOf(fn).Pointer() {
				name = called
				return
			}
			called = frame.Function
		}
	}()
	fn(context.Background(), useless{})
	return ""
}
