package ingest

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

func TestContentIsWhatARowSays(t *testing.T) {
	base := &ingestv1.Idea{
		RowKey: "a", RowNumber: 2, Title: "Tea", Script: "Boil water.", Tags: []string{"tea", "water"}, Duration: durationpb.New(30 * time.Second),
		Variables: map[string]string{"Brand": "Leaf", "Color": "green", "Size": "big"},
	}
	want := hashContent(base)
	for name, c := range map[string]struct {
		change func(*ingestv1.Idea)
		same   bool
	}{
		"nothing":              {func(*ingestv1.Idea) {}, true},
		"another place":        {func(i *ingestv1.Idea) { i.RowNumber = 77 }, true},
		"another key":          {func(i *ingestv1.Idea) { i.RowKey = "b" }, true},
		"another title":        {func(i *ingestv1.Idea) { i.Title = "Coffee" }, false},
		"a text moved":         {func(i *ingestv1.Idea) { i.Title, i.Script = "TeaBoil", " water." }, false},
		"tags joined":          {func(i *ingestv1.Idea) { i.Tags = []string{"teawater"} }, false},
		"tags turned":          {func(i *ingestv1.Idea) { i.Tags = []string{"water", "tea"} }, false},
		"another length":       {func(i *ingestv1.Idea) { i.Duration = durationpb.New(31 * time.Second) }, false},
		"a variable changed":   {func(i *ingestv1.Idea) { i.Variables["Brand"] = "Bean" }, false},
		"a variable is gone":   {func(i *ingestv1.Idea) { delete(i.Variables, "Brand") }, false},
		"values are exchanged": {func(i *ingestv1.Idea) { i.Variables["Brand"], i.Variables["Color"] = "green", "Leaf" }, false},
		"another field":        {func(i *ingestv1.Idea) { i.Voice = "narrator" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			other := proto.CloneOf(base)
			c.change(other)
			if got := hashContent(other) == want; got != c.same {
				t.Errorf("it says the same: %v, want %v", got, c.same)
			}
		})
	}
}

// What is remembered must be found by later versions: a changed digest renders every sheet again.
func TestContentHashStays(t *testing.T) {
	idea := &ingestv1.Idea{Title: "Tea", Script: "Boil water.", Tags: []string{"tea"}, Priority: ingestv1.Priority_LOW, Variables: map[string]string{"Brand": "Leaf"}}
	if got, want := fmt.Sprintf("%x", hashContent(idea)), "6cb351659f32aeda2283ea1bf933b5dd"; got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}
