package storetest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What the suite quotes stands in the contract, word for word.
func TestRules(t *testing.T) {
	text, err := os.ReadFile("../store.go")
	if err != nil {
		t.Fatal(err)
	}
	contract := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "//", "")), " ")
	f, err := parser.ParseFile(token.NewFileSet(), "rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	quotes := 0
	ast.Inspect(f, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		quotes++
		if quote, err := strconv.Unquote(literal.Value); err != nil || !strings.Contains(contract, quote) {
			t.Errorf("the contract does not say %s", literal.Value)
		}
		return true
	})
	if quotes == 0 {
		t.Error("rules.go quotes nothing")
	}
}
