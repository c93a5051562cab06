package scheduler

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// buried makes n dead letters of a bulk job, every other one INVALID_IDEA, and gives their names, newest first.
func (b *bubble) buried(n int) (*schedulerv1.BulkJob, []string) {
	b.Helper()
	job := b.imported(nil, n)
	for i := range n {
		class := schedulerv1.FailureClass_PERMANENT
		if i%2 == 1 {
			class = schedulerv1.FailureClass_INVALID_IDEA
		}
		b.fail(b.lease(), class, broken)
		time.Sleep(time.Second) // of the bubble
	}
	var names []string
	for _, d := range b.letters() {
		names = append(names, d.GetName())
	}
	return job, names
}

func TestDeadLettersAreListedByPages(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		job, names := b.buried(5)
		for name, c := range map[string]struct {
			in   *schedulerv1.ListDeadLettersRequest
			want []string
		}{
			"all":                 {&schedulerv1.ListDeadLettersRequest{}, names},
			"of a class":          {&schedulerv1.ListDeadLettersRequest{FailureClass: schedulerv1.FailureClass_INVALID_IDEA}, []string{names[1], names[3]}},
			"of the bulk job":     {&schedulerv1.ListDeadLettersRequest{BulkJob: job.GetName()}, names},
			"of another bulk job": {&schedulerv1.ListDeadLettersRequest{BulkJob: "projects/demo/bulkJobs/01900000-0000-7000-8000-000000000000"}, nil},
		} {
			var got []string
			c.in.Parent, c.in.PageSize = "projects/demo", 2
			for {
				out, err := b.s.ListDeadLetters(b.Context(), c.in)
				b.must(err)
				for _, d := range out.GetDeadLetters() {
					got = append(got, d.GetName())
					if d.GetExpireTime() != nil {
						b.Errorf("%s expires at %v, although they are kept for ever", d.GetName(), d.GetExpireTime().AsTime())
					}
				}
				if c.in.PageToken = out.GetNextPageToken(); c.in.PageToken == "" {
					break
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				b.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}

		// A page token is of one list only.
		out, err := b.s.ListDeadLetters(b.Context(), &schedulerv1.ListDeadLettersRequest{Parent: "projects/demo", PageSize: 2})
		b.must(err)
		_, err = b.s.ListDeadLetters(b.Context(), &schedulerv1.ListDeadLettersRequest{
			Parent: "projects/demo", PageToken: out.GetNextPageToken(), FailureClass: schedulerv1.FailureClass_PERMANENT,
		})
		if errs.ReasonOf(err) != errorsv1.ErrorReason_PAGE_TOKEN_INVALID {
			b.Errorf("token of another list: %v", err)
		}
		_, err = b.s.ListDeadLetters(b.Context(), &schedulerv1.ListDeadLettersRequest{Parent: "projects/other", BulkJob: job.GetName()})
		if errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED {
			b.Errorf("bulk job of another project: %v", err)
		}
	})
}

func TestReplayOfADeadLetter(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		_, names := b.buried(2)
		in := &schedulerv1.ReplayDeadLetterRequest{Name: names[0], RequestId: "once", Idea: &ingestv1.Idea{Title: "Better", Description: "Now it can be said."}}
		for range 2 { // the second time nothing changes
			v, err := b.s.ReplayDeadLetter(b.Context(), in)
			b.must(err)
			want := &ingestv1.Idea{Title: "Better", Description: "Now it can be said.", RowKey: "b", RowNumber: 3, Style: "bold", Priority: ingestv1.Priority_NORMAL}
			if v.GetState() != schedulerv1.VideoJob_QUEUED || !proto.Equal(v.GetIdea(), want) {
				b.Errorf("replayed: %v with %v", v.GetState(), v.GetIdea())
			}
		}
		if got := b.letters(); len(got) != 1 || got[0].GetName() != names[1] {
			b.Errorf("dead letters left: %v", got)
		}
		in.RequestId = "twice"
		if _, err := b.s.ReplayDeadLetter(b.Context(), in); errs.ReasonOf(err) != errorsv1.ErrorReason_RESOURCE_NOT_FOUND {
			b.Errorf("replay of what is no dead letter: %v", err)
		}
		l := b.lease()
		if l.GetVideoJob().GetIdea().GetTitle() != "Better" {
			b.Errorf("the worker got %v", l.GetVideoJob().GetIdea())
		}
		if d := b.fail(l, schedulerv1.FailureClass_PERMANENT, broken); d.GetIdea().GetTitle() != "Better" || len(b.letters()) != 2 {
			b.Errorf("dead again: %v", d.GetIdea())
		}
	})
}

func TestReplayAndPurgeOfMany(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		job, names := b.buried(5)
		replay := &schedulerv1.ReplayDeadLettersRequest{Parent: "projects/demo", BulkJob: job.GetName(), MaxCount: 2, RequestId: "r"}
		purge := &schedulerv1.PurgeDeadLettersRequest{Parent: "projects/demo", RequestId: "p"}
		for range 2 {
			out, err := b.s.ReplayDeadLetters(b.Context(), replay)
			b.must(err)
			if out.GetReplayedCount() != 2 {
				b.Errorf("%d replayed, want 2", out.GetReplayedCount())
			}
		}
		left := b.letters()
		if len(left) != 3 || left[2].GetName() != names[2] {
			b.Fatalf("left after the replay: %v", left)
		}
		purge.BeforeTime = left[1].GetCreateTime()
		for range 2 {
			out, err := b.s.PurgeDeadLetters(b.Context(), purge)
			b.must(err)
			if out.GetPurgedCount() != 1 {
				b.Errorf("%d purged, want 1", out.GetPurgedCount())
			}
		}
		if got := b.letters(); len(got) != 2 || got[1].GetName() != names[1] {
			b.Errorf("left after the purge: %v", got)
		}
		replay.MaxCount = 3 // the same request id for another request
		if _, err := b.s.ReplayDeadLetters(b.Context(), replay); errs.ReasonOf(err) != errorsv1.ErrorReason_REQUEST_ID_REUSED {
			b.Errorf("request id used again: %v", err)
		}
		purge = &schedulerv1.PurgeDeadLettersRequest{Parent: "projects/demo", BeforeTime: &timestamppb.Timestamp{Nanos: -1}}
		if _, err := b.s.PurgeDeadLetters(b.Context(), purge); errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED {
			b.Errorf("bad time: %v", err)
		}
	})
}

func TestEditedIdeaIsChecked(t *testing.T) {
	earlier := &ingestv1.Idea{
		RowKey: "k", Title: "Old", Script: "Old.", Language: "en", Style: "bold", AspectRatio: "1:1", Priority: ingestv1.Priority_LOW,
		DueTime: &timestamppb.Timestamp{Seconds: 100},
	}
	good := func(change func(*ingestv1.Idea)) *ingestv1.Idea {
		idea := &ingestv1.Idea{Title: "New", Script: "New."}
		change(idea)
		return idea
	}
	for name, c := range map[string]struct {
		change func(*ingestv1.Idea)
		fields []string
	}{
		"as it should be":   {func(*ingestv1.Idea) {}, nil},
		"the letter's own":  {func(i *ingestv1.Idea) { proto.Merge(i, earlier) }, nil},
		"no title":          {func(i *ingestv1.Idea) { i.Title = " " }, []string{"idea.title"}},
		"a long title":      {func(i *ingestv1.Idea) { i.Title = strings.Repeat("ä", 101) }, []string{"idea.title"}},
		"the longest title": {func(i *ingestv1.Idea) { i.Title = strings.Repeat("ä", 100) }, nil},
		"a title with tags": {func(i *ingestv1.Idea) { i.Title = "<b>" }, []string{"idea.title"}},
		"a title in lines":  {func(i *ingestv1.Idea) { i.Title = "a\nb" }, []string{"idea.title"}},
		"nothing to say":    {func(i *ingestv1.Idea) { i.Script = "" }, []string{"idea.script"}},
		"a long script":     {func(i *ingestv1.Idea) { i.Script = strings.Repeat("a", 5001) }, []string{"idea.script"}},
		"another priority":  {func(i *ingestv1.Idea) { i.Priority = ingestv1.Priority_URGENT }, []string{"idea.priority"}},
		"private asset": {func(i *ingestv1.Idea) {
			i.Assets = []*ingestv1.IdeaAsset{{Kind: ingestv1.IdeaAsset_IMAGE, Uri: "https://10.0.0.1/a.png"}}
		}, []string{"idea.assets[0].uri"}},
		"another time":       {func(i *ingestv1.Idea) { i.DueTime = &timestamppb.Timestamp{Seconds: 1} }, []string{"idea.due_time"}},
		"an unknown style":   {func(i *ingestv1.Idea) { i.Style = "baroque" }, []string{"idea.style"}},
		"an unknown ratio":   {func(i *ingestv1.Idea) { i.AspectRatio = "2:1" }, []string{"idea.aspect_ratio"}},
		"an endless video":   {func(i *ingestv1.Idea) { i.Duration = durationpb.New(time.Hour) }, []string{"idea.duration"}},
		"a negative length":  {func(i *ingestv1.Idea) { i.Duration = durationpb.New(-time.Second) }, []string{"idea.duration"}},
		"too many platforms": {func(i *ingestv1.Idea) { i.Platforms = make([]string, 11) }, []string{"idea.platforms"}},
		"a long tag":         {func(i *ingestv1.Idea) { i.Tags = []string{"a", strings.Repeat("a", 101)} }, []string{"idea.tags[1]"}},
		"a long variable":    {func(i *ingestv1.Idea) { i.Variables = map[string]string{"x": strings.Repeat("a", 2001)} }, []string{`idea.variables["x"]`}},
		"two things":         {func(i *ingestv1.Idea) { i.Title, i.Style = "", "x" }, []string{"idea.title", "idea.style"}},
	} {
		t.Run(name, func(t *testing.T) {
			edited, err := edit(earlier, good(c.change))
			var fields []string
			if bad, ok := errs.Detail[*errdetails.BadRequest](err); ok {
				for _, v := range bad.GetFieldViolations() {
					fields = append(fields, v.GetField())
				}
			}
			if !slices.Equal(fields, c.fields) || (err != nil) != (len(c.fields) > 0) {
				t.Errorf("%v: fields %q, want %q", err, fields, c.fields)
			}
			if err == nil && (edited.GetLanguage() != "en" || edited.GetStyle() != "bold" || edited.GetPriority() != ingestv1.Priority_LOW || edited.GetDueTime().GetSeconds() != 100) {
				t.Errorf("what is left out does not stay: %v", edited)
			}
		})
	}
}

func TestCompletionsOfABatchAreAnsweredEach(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		b.imported(nil, 2)
		var in schedulerv1.CompleteVideoJobsRequest
		for _, token := range []string{b.lease().GetLeaseToken(), "unknown", b.lease().GetLeaseToken()} {
			in.Requests = append(in.Requests, &schedulerv1.CompleteVideoJobRequest{
				LeaseToken: token, VideoDuration: durationpb.New(time.Second), Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "k"}},
			})
		}
		in.Requests[2].Usage = []*schedulerv1.Usage{{Type: "render_second", Units: -1}}
		out, err := b.s.CompleteVideoJobs(b.Context(), &in)
		b.must(err)
		var got []codes.Code
		for _, s := range out.GetStatuses() {
			got = append(got, codes.Code(s.GetCode()))
		}
		if diff := cmp.Diff([]codes.Code{codes.OK, codes.FailedPrecondition, codes.InvalidArgument}, got); diff != "" {
			b.Errorf("(-want +got):\n%s\n%v", diff, out)
		}
	})
}
