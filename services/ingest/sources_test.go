package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// files is a service with one upload, `ideas`, of the project demo.
func files(t *testing.T, upload string) ingestv1.IngestServiceClient {
	t.Helper()
	uploads := memblob.OpenBucket(nil)
	t.Cleanup(func() { uploads.Close() })
	if err := uploads.WriteAll(t.Context(), "uploads/demo/ideas", []byte(upload), nil); err != nil {
		t.Fatal(err)
	}
	service, err := New(Config{}, Deps{Imports: inProcess{}, Quota: &granting{}, Uploads: uploads, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	return ingestv1.NewIngestServiceClient(serve(t, func(r grpc.ServiceRegistrar) { service.Register(r) }))
}

func check(t *testing.T, ideas ingestv1.IngestServiceClient, source *ingestv1.Source) (*ingestv1.CheckIdeasResponse, error) {
	t.Helper()
	return ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: source})
}

func sheetFile(f *ingestv1.SheetFile) *ingestv1.Source {
	return &ingestv1.Source{Kind: &ingestv1.Source_File{File: f}}
}

func inline(ideas ...*ingestv1.Idea) *ingestv1.Source {
	return &ingestv1.Source{Kind: &ingestv1.Source_InlineIdeas{InlineIdeas: &ingestv1.InlineIdeas{Ideas: ideas}}}
}

func TestFilesAreReadLikeSheets(t *testing.T) {
	ideas := files(t, "Title|Script\nFrom the upload|Text\n")
	latin := "Titel;Skript\nCaf\xe9;Text\n"
	for _, c := range []struct {
		name, title, of string
		file            *ingestv1.SheetFile
	}{
		{"data", "Tea", "plan.csv", &ingestv1.SheetFile{FileName: "plan.csv", Content: &ingestv1.SheetFile_Data{Data: []byte("Title,Script\nTea,Text\n")}}},
		{"encoding and delimiter", "Café", "the file", &ingestv1.SheetFile{
			Encoding: "windows-1252", Delimiter: ";", Content: &ingestv1.SheetFile_Data{Data: []byte(latin)},
		}},
		{"upload", "From the upload", "the file", &ingestv1.SheetFile{Delimiter: "|", Content: &ingestv1.SheetFile_Upload{Upload: "projects/demo/uploads/ideas"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, err := check(t, ideas, sheetFile(c.file))
			if err != nil {
				t.Fatal(err)
			}
			if got := reply.GetIdeas(); len(got) != 1 || got[0].GetTitle() != c.title || reply.GetReport().GetSpreadsheetTitle() != c.of {
				t.Errorf("%s has %v, want one idea %q of %q", reply.GetReport().GetSpreadsheetTitle(), got, c.title, c.of)
			}
		})
	}
}

func TestSourcesThatAreRefused(t *testing.T) {
	ideas := files(t, "")
	data := func(text string) *ingestv1.SheetFile {
		return &ingestv1.SheetFile{Content: &ingestv1.SheetFile_Data{Data: []byte(text)}}
	}
	upload := func(name string) *ingestv1.SheetFile {
		return &ingestv1.SheetFile{Content: &ingestv1.SheetFile_Upload{Upload: name}}
	}
	const invalid = errorsv1.ErrorReason_VALIDATION_FAILED
	for _, c := range []struct {
		name   string
		source *ingestv1.Source
		reason errorsv1.ErrorReason
		text   string
	}{
		{"no file", sheetFile(&ingestv1.SheetFile{}), invalid, "source.file.content"},
		{"empty file", sheetFile(data("")), invalid, "the file must have 1 byte to 3 MiB; upload a larger one and name the upload"},
		{"too large", sheetFile(data(strings.Repeat("x", 3<<20+1))), invalid, "the file must have 1 byte to 3 MiB"},
		{"plain http", sheetFile(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Uri{Uri: "http://example.com/a.csv"}}), invalid, "must be a link that begins with https://"},
		{"upload's name", sheetFile(upload("ideas")), invalid, "must be the name of an upload, projects/{project}/uploads/{upload}"},
		{"lost upload", sheetFile(upload("projects/demo/uploads/gone")), errorsv1.ErrorReason_UPLOAD_NOT_FOUND, "uploads are kept for a day; upload the file again"},
		{"another project's upload", sheetFile(upload("projects/other/uploads/ideas")), invalid, "is an upload of another project"},
		{"delimiter", sheetFile(&ingestv1.SheetFile{Delimiter: "x", Content: data("a").Content}), invalid, "must be a comma, a semicolon, a bar or a tab"},
		{"no ideas", inline(), invalid, "must be 1 to 1,000 ideas"},
		{"asset of no kind", inline(&ingestv1.Idea{Assets: []*ingestv1.IdeaAsset{{Uri: "https://example.com/a.png"}}}), invalid, "source.inline_ideas.ideas[0].assets[0]: needs a kind"},
		{"logo of a scene", inline(&ingestv1.Idea{Assets: []*ingestv1.IdeaAsset{{Kind: ingestv1.IdeaAsset_LOGO, Scene: 1}}}), invalid, "source.inline_ideas.ideas[0].assets[0]: needs a kind"},
		{"custom without columns", &ingestv1.Source{Kind: inline(&ingestv1.Idea{}).Kind, Options: &ingestv1.ImportOptions{ColumnFormat: ingestv1.ImportOptions_CUSTOM}}, invalid, "columns and the column format CUSTOM need each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := check(t, ideas, c.source); errs.ReasonOf(err) != c.reason || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error is %v, want %s with %q", err, c.reason, c.text)
			}
		})
	}
}

func TestInlineIdeasComeBackAsTheyWere(t *testing.T) {
	ideas := files(t, "")
	idea := &ingestv1.Idea{
		RowKey: "tea-1", RowNumber: 2, Title: "Tea", Script: "Boil water. Wait.", Description: "How to brew", Hook: "Thirsty?", CallToAction: "Try it.",
		Language: "en", Voice: "none", Style: "bold", AspectRatio: "1:1", Duration: durationpb.New(90 * time.Second), Platforms: []string{"tiktok", "youtube"},
		Tags: []string{"tea", "hot drinks"}, TargetAudience: "adults", Tone: "calm", Priority: ingestv1.Priority_LOW, Variables: map[string]string{"Campaign": "Winter"},
		NotBeforeTime: timestamppb.New(time.Date(2126, 1, 1, 9, 30, 0, 0, time.UTC)), DueTime: timestamppb.New(time.Date(2126, 1, 2, 0, 0, 0, 0, time.UTC)),
		PublishTime: timestamppb.New(time.Date(2126, 1, 3, 0, 0, 0, 5e8, time.UTC)),
		Assets: []*ingestv1.IdeaAsset{
			{Kind: ingestv1.IdeaAsset_IMAGE, Uri: "https://example.com/a,b.jpg"},
			{Kind: ingestv1.IdeaAsset_LOGO, Uri: "https://example.com/logo.png?size=2;v=3"},
			{Kind: ingestv1.IdeaAsset_VIDEO, Uri: "https://example.com/clip.mp4", Scene: 2},
			{Kind: ingestv1.IdeaAsset_VIDEO, Uri: "https://example.com/clip", Scene: 2},
		},
	}
	reply, err := check(t, ideas, inline(idea, &ingestv1.Idea{Title: "No text"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*ingestv1.Idea{idea}, reply.GetIdeas(), protocmp.Transform()); diff != "" {
		t.Errorf("ideas (-want +got):\n%s", diff)
	}
	if f := reply.GetReport().GetFindings(); len(f) != 2 || f[0].GetRule() != "not_before_time.far" || f[1].GetCell() != "C3" || f[1].GetRule() != "script.required" {
		t.Errorf("findings are %v, want a start far away and a missing script in C3", f)
	}
}

func TestInlineIdeasKeepTheirStoryboards(t *testing.T) {
	sb := &storyboardv1.Storyboard{Title: "Tea", Scenes: []*storyboardv1.Scene{{Id: "s1", Narration: "Hot water."}, {Headline: "Enjoy"}}}
	reply, err := check(t, files(t, ""), inline(&ingestv1.Idea{Title: "Milk", Script: "White."}, &ingestv1.Idea{Storyboard: sb}))
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.GetIdeas()) != 2 {
		t.Fatalf("ideas are %v, findings %v", reply.GetIdeas(), reply.GetReport().GetFindings())
	}
	if got := reply.GetIdeas()[0].GetStoryboard(); got != nil {
		t.Errorf("an idea without storyboard has %v", got)
	}
	got := reply.GetIdeas()[1]
	if diff := cmp.Diff(sb, got.GetStoryboard(), protocmp.Transform()); diff != "" || got.GetTitle() != "Tea" || got.GetScript() != "Hot water.\nEnjoy" {
		t.Errorf("idea %v, storyboard (-want +got):\n%s", got, diff)
	}
}

// The same ideas give the same result in a request and as lines of a file.
func TestIdeasAsLinesAreCheckedAsThoseOfARequest(t *testing.T) {
	given := []*ingestv1.Idea{
		{RowKey: "a", Title: "Tea", Script: "Green\ntea", Language: "de", Style: "bold", AspectRatio: "1:1", Platforms: []string{"tiktok", "youtube"}, Tags: []string{"x", "y"}},
		{Title: "Coffee", Description: "Black", Hook: "Hot!", CallToAction: "Drink", Duration: durationpb.New(12500 * time.Millisecond), Voice: "none", Priority: ingestv1.Priority_URGENT},
		{
			Title: "Milk", Script: "White", TargetAudience: "Cats", Tone: "soft", Variables: map[string]string{"Mood": "calm", "Price": "2"}, DueTime: timestamppb.New(time.Now().Add(time.Hour).Truncate(time.Second)),
			Assets: []*ingestv1.IdeaAsset{
				{Kind: ingestv1.IdeaAsset_IMAGE, Uri: "https://example.com/a.jpg"}, {Kind: ingestv1.IdeaAsset_VIDEO, Uri: "https://example.com/clip.mp4", Scene: 2},
			},
		},
		{Script: "no title"},
		{Title: "Tea", Script: "Green\ntea"},
	}
	var lines bytes.Buffer
	for _, idea := range given {
		line, err := protojson.Marshal(idea)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	ideas := files(t, lines.String())
	want, err := check(t, ideas, inline(given...))
	if err != nil {
		t.Fatal(err)
	}
	got, err := check(t, ideas, sheetFile(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Upload{Upload: "projects/demo/uploads/ideas"}}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.GetIdeas(), got.GetIdeas(), protocmp.Transform()); diff != "" || len(got.GetIdeas()) != 3 {
		t.Errorf("ideas (-request +file):\n%s", diff)
	}
	rules := func(r *ingestv1.CheckIdeasResponse) (rules []string) {
		for _, f := range r.GetReport().GetFindings() {
			rules = append(rules, fmt.Sprint(f.GetRowNumber(), " ", f.GetRule()))
		}
		return rules
	}
	if diff := cmp.Diff(rules(want), rules(got)); diff != "" {
		t.Errorf("findings (-request +file):\n%s", diff)
	}
}
