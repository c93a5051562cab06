package plan

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

func durationOf(d time.Duration) *durationpb.Duration { return durationpb.New(d) }

func TestRetime(t *testing.T) {
	planned, err := Plan(&ingestv1.Idea{Title: "Tea", Script: "Good tea is hot.", CallToAction: "Drink it now."}, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := proto.CloneOf(planned)
	spoken := []speech.Utterance{
		{Duration: 3010 * time.Millisecond, Words: []speech.Word{
			{Text: "Good", Start: 0, End: 400 * time.Millisecond},
			{Text: "tea", Start: 400 * time.Millisecond, End: time.Second},
			{Text: "is", Start: 1500 * time.Millisecond, End: 2 * time.Second},
			{Text: "hot.", Start: 2 * time.Second, End: 2900 * time.Millisecond},
		}},
		{Duration: 5 * time.Second}, // an engine without word times
	}
	got := Retime(planned, spoken)
	check(t, got)
	if !proto.Equal(planned, before) {
		t.Error("the planned storyboard was changed")
	}
	if n := len(got.GetScenes()); n != 2 {
		t.Fatalf("%d scenes, want 2", n)
	}
	first, second := got.GetScenes()[0], got.GetScenes()[1]
	// 0.4 s lead-in + 3.01 s + 0.5 s tail = 117.3 frames, so 118.
	if want := 118 * time.Second / 30; first.GetDuration().AsDuration() != want {
		t.Errorf("the first scene lasts %v, want %v", first.GetDuration().AsDuration(), want)
	}
	if w := first.GetWords()[2]; w.GetStart().AsDuration() != 1900*time.Millisecond || w.GetEnd().AsDuration() != 2400*time.Millisecond {
		t.Errorf("word %v", w)
	}
	if got, want := end(second), leadIn(second)+5*time.Second; got != want {
		t.Errorf("the last word ends at %v, want %v", got, want)
	}
	if again := Retime(got, spoken); !proto.Equal(again, got) {
		t.Error("retiming twice changes something")
	}
	if silent := Retime(planned, nil); !proto.Equal(silent, planned) {
		t.Error("without utterances the plan shall stay")
	}
}
