package bind_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
)

// One plan binds requests of many goroutines, good ones and bad ones, and mixes nothing up.
func TestConcurrentBinds(t *testing.T) {
	type input struct {
		ID    int                 `path:"id"`
		Page  int                 `query:"page" default:"1"`
		Words []string            `header:"X-Words" default:"a,b"`
		Since bind.Optional[uuid] `cookie:"since"`
		Cat   newCat              `body:"json"`
	}
	plan := planOf[input](t)
	request := func(i int) request.Request {
		text := fmt.Sprintf(`{"name":"c%d","lives":[%d],"owner":{"e~mail/x":"a%d@b.co"}}`, i%100, i%9, i)
		if i%3 == 0 {
			text = fmt.Sprintf(`{"name":"c%d","age":"x","scores":{"k%d":"x"}}`, i%100, i)
		}
		return requesttest.Request("POST", fmt.Sprintf("/%d?page=%d", i, i), requesttest.With{
			Pattern: "/{id}", Body: strings.NewReader(text),
			Header: http.Header{"Content-Type": {jsonType}, "Accept-Language": {[]string{"en", "de", "fr"}[i%3]}},
		})
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				i = i*8 + worker
				var in input
				err := plan.Bind(request(i), reflect.ValueOf(&in).Elem())
				if i%3 == 0 {
					if want := fmt.Sprintf("400 body /age integer; body /scores/k%d integer", i); summary(err) != want {
						t.Errorf("%d: %s", i, summary(err))
					}
					continue
				}
				want := input{ID: i, Page: i, Words: []string{"a", "b"}, Cat: newCat{Name: fmt.Sprint("c", i%100), Lives: []int{i % 9},
					Owner: &owner{fmt.Sprintf("a%d@b.co", i)}}}
				if err != nil || !reflect.DeepEqual(in, want) {
					t.Errorf("%d: %+v, %s", i, in, summary(err))
				}
				in.Words[0] = "changed"
			}
		})
	}
	group.Wait()
}
