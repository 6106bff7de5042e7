package rules

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/go-playground/validator/v10"
)

// internals are the unexported fields of a validator. The library has no methods that tell what an application has registered,
// and a wrong guess would drop rules without a word. So the fields are read, never written, and only if all of them have
// exactly the types that this code was written for; see [CheckShape].
type internals struct {
	tagName     reflect.Value // string
	aliases     reflect.Value // map[string]string
	functions   reflect.Value // map[string]struct{ fn validator.FuncCtx; runValidationOnNil bool }
	customTypes reflect.Value // map[reflect.Type]validator.CustomTypeFunc
	structs     reflect.Value // map[reflect.Type]validator.StructLevelFuncCtx
	fieldTags   reflect.Value // map[reflect.Type]map[string]string
	nameFunc    reflect.Value // validator.TagNameFunc
}

// readInternals returns the fields of a validator whose type has passed [CheckShape].
func readInternals(v *validator.Validate) internals {
	s := reflect.ValueOf(v).Elem()
	return internals{
		tagName:     s.FieldByName("tagName"),
		aliases:     s.FieldByName("aliases"),
		functions:   s.FieldByName("validations"),
		customTypes: s.FieldByName("customFuncs"),
		structs:     s.FieldByName("structLevelFuncs"),
		fieldTags:   s.FieldByName("rules"),
		nameFunc:    s.FieldByName("tagNameFunc"),
	}
}

// CheckShape returns an error that names the unexported fields of a validator type which are not what this package knows. That
// of the library is such a type only in a version that is newer than this package.
func CheckShape(t reflect.Type) error {
	errs := []error{
		checkField[string](t, "tagName"),
		checkField[map[string]string](t, "aliases"),
		checkField[map[reflect.Type]validator.CustomTypeFunc](t, "customFuncs"),
		checkField[map[reflect.Type]validator.StructLevelFuncCtx](t, "structLevelFuncs"),
		checkField[map[reflect.Type]map[string]string](t, "rules"),
		checkField[validator.TagNameFunc](t, "tagNameFunc"),
	}
	functions, _ := t.FieldByName("validations")
	if functions.Type == nil || functions.Type.Kind() != reflect.Map || functions.Type.Key() != reflect.TypeFor[string]() ||
		functions.Type.Elem().Kind() != reflect.Struct {
		errs = append(errs, errors.New("validations is no map of structs by their names"))
	} else {
		wrapper := functions.Type.Elem()
		errs = append(errs, checkField[validator.FuncCtx](wrapper, "fn"), checkField[bool](wrapper, "runValidationOnNil"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("rules: the validator library in use is of a version that is not supported yet; use an older one: %w", err)
	}
	return nil
}

func checkField[T any](of reflect.Type, name string) error {
	f, ok := of.FieldByName(name)
	if want := reflect.TypeFor[T](); !ok || f.Type != want {
		return fmt.Errorf("%s of %s is no %s", name, of, want)
	}
	return nil
}

// entry returns the value of a key in a map, invalid without one. It is invalid as well if there is no map, since the shape of
// the validator is not known.
func entry(m reflect.Value, key any) reflect.Value {
	if !m.IsValid() {
		return m
	}
	return m.MapIndex(reflect.ValueOf(key))
}

// tag returns the tag of a field: the one that was registered in place of its own, or its own under the name that was set.
func (in internals) tag(t reflect.Type, field reflect.StructField) string {
	if registered := entry(entry(in.fieldTags, t), field.Name); registered.IsValid() {
		return registered.String()
	}
	if in.tagName.IsValid() {
		return field.Tag.Get(in.tagName.String())
	}
	return field.Tag.Get("validate")
}

// alias returns the tag that an alias stands for.
func (in internals) alias(name string) (string, bool) {
	tag := entry(in.aliases, name)
	if !tag.IsValid() {
		return "", false
	}
	return tag.String(), true
}

// has reports whether there is a function for a rule.
func (in internals) has(name string) bool { return entry(in.functions, name).IsValid() }

// runsOnNil reports whether the library calls the function of a rule for nil as well.
func (in internals) runsOnNil(name string) bool {
	return in.has(name) && entry(in.functions, name).FieldByName("runValidationOnNil").Bool()
}

// hasCustomType reports whether values of a type are replaced by others before the rules see them.
func (in internals) hasCustomType(t reflect.Type) bool { return entry(in.customTypes, t).IsValid() }

// hasStructs reports whether there are struct-level rules.
func (in internals) hasStructs() bool { return in.structs.IsValid() && in.structs.Len() > 0 }

// hasStruct reports whether there is a struct-level rule for a type.
func (in internals) hasStruct(t reflect.Type) bool { return entry(in.structs, t).IsValid() }

// name returns the name that the application gives a field.
func (in internals) name(field reflect.StructField) string {
	if in.nameFunc.IsValid() && !in.nameFunc.IsNil() {
		if name := readable(in.nameFunc).Interface().(validator.TagNameFunc)(field); name != "" {
			return name
		}
	}
	return field.Name
}

// customTypeFuncs returns the functions that replace values of a type by others.
func (in internals) customTypeFuncs() map[reflect.Type]validator.CustomTypeFunc {
	return readable(in.customTypes).Interface().(map[reflect.Type]validator.CustomTypeFunc)
}

// function returns the function of a rule, nil without one.
func (in internals) function(name string) validator.FuncCtx {
	if !in.has(name) {
		return nil
	}
	functions := readable(in.functions)
	wrapper := reflect.New(functions.Type().Elem()).Elem()
	wrapper.Set(functions.MapIndex(reflect.ValueOf(name)))
	return readable(wrapper.FieldByName("fn")).Interface().(validator.FuncCtx)
}

// readable returns an unexported field as a value that can be used. Package reflect forbids this for the field itself, and
// allows it for what a pointer to it points to.
func readable(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}

// functionName returns the name of the function behind a rule, "" if it cannot be found.
//
// It is how a rule of the application under a built-in name is told from the built-in one. Functions cannot be compared, and
// the library wraps each that is registered in a closure of its own, so that all look the same. So the closure is called with
// a value that no function can use: the function panics, and the stack has its name.
func (in internals) functionName(rule string) (name string) {
	fn := in.function(rule)
	if fn == nil {
		return ""
	}
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
				name = called // by the closure, before anything else
				return
			}
			called = frame.Function
		}
	}()
	fn(context.Background(), useless{})
	return ""
}

// useless panics whatever method is called.
type useless struct{ validator.FieldLevel }
