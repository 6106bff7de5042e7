package optional_test

import (
	"testing"

	"github.com/soay-go/soay/sessions/internal/optional"
)

func TestOne(t *testing.T) {
	tests := []struct {
		options []int
		want    int
		wantErr string
	}{
		{nil, 0, ""},
		{[]int{7}, 7, ""},
		{[]int{7, 8}, 0, "2 options; pass one"},
	}
	for _, tt := range tests {
		got, err := optional.One(tt.options)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != tt.want || text != tt.wantErr {
			t.Errorf("One(%v) = %d, %q; want %d, %q", tt.options, got, text, tt.want, tt.wantErr)
		}
	}
}
