package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	_ "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	_ "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	_ "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	_ "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Services that only other parts of Sheetreel call. They have no HTTP mapping, so the gateway cannot reach them.
var internalServices = []string{"LeaseService", "ImportService", "WriteBackService", "SheetPollService", "CleanupService", "QuotaService"}

// Services of client streams, which JSON cannot send: the gateway has a way of its own for their content.
var streamServices = []string{"UploadService"}

// TestAPIConventions holds the API to its own rules, which follow the Google AIPs of the given numbers.
func TestAPIConventions(t *testing.T) {
	files := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "sheetreel.") {
			return true
		}
		files++
		for s := range all(f.Services()) {
			for m := range all(s.Methods()) {
				checkMethod(t, s, m)
			}
		}
		for m := range all(f.Messages()) {
			checkMessage(t, m)
		}
		return true
	})
	if files < 10 {
		t.Fatalf("only %d files were seen", files)
	}
}

// list is what the descriptor lists have in common.
type list[D any] interface {
	Len() int
	Get(i int) D
}

func all[D any](l list[D]) func(yield func(D) bool) {
	return func(yield func(D) bool) {
		for i := range l.Len() {
			if !yield(l.Get(i)) {
				return
			}
		}
	}
}

func option[T any](d protoreflect.Descriptor, x protoreflect.ExtensionType) T {
	v, _ := proto.GetExtension(d.Options(), x).(T)
	return v
}

func checkMethod(t *testing.T, s protoreflect.ServiceDescriptor, m protoreflect.MethodDescriptor) {
	t.Helper()
	name, input := string(m.Name()), m.Input()
	rule := option[*annotations.HttpRule](m, annotations.E_Http)
	streams := slices.Contains(streamServices, string(s.Name()))
	if internal := slices.Contains(internalServices, string(s.Name())); (internal || streams) != (rule == nil) {
		t.Errorf("%s: public methods have google.api.http, internal ones and client streams have none", m.FullName())
	}
	if streams && !m.IsStreamingClient() {
		t.Errorf("%s: is no client stream, so it needs google.api.http", m.FullName())
	}
	if regexp.MustCompile(`(Of|For|With|By|From|To)[A-Z]`).MatchString(name) {
		t.Errorf("%s: no prepositions in names (AIP-136)", m.FullName())
	}
	for f := range all(input.Fields()) {
		if len(option[[]annotations.FieldBehavior](f, annotations.E_FieldBehavior)) == 0 {
			t.Errorf("%s: every field of a request says REQUIRED or OPTIONAL (AIP-203)", f.FullName())
		}
	}
	if rule == nil {
		return
	}
	verb, noun := split(name)
	has := func(fields ...protoreflect.Name) {
		for _, f := range fields {
			if input.Fields().ByName(f) == nil {
				t.Errorf("%s: needs a field %s", input.FullName(), f)
			}
		}
	}
	switch verb {
	case "Get":
		has("name")
	case "List":
		has("page_size", "page_token")
		first := m.Output().Fields().ByNumber(1)
		if first == nil || !first.IsList() || m.Output().Fields().ByName("next_page_token") == nil {
			t.Errorf("%s: field 1 is the list, and next_page_token follows (AIP-158)", m.Output().FullName())
		}
	case "Create":
		has("request_id")
		if noun != "Limit" { // which is of no project
			has("parent")
		}
	case "Update":
		has("request_id")
		if rule.GetPatch() == "" || input.Fields().ByName(protoreflect.Name(rule.GetBody())) == nil {
			t.Errorf("%s: an update is PATCH with the resource as its body (AIP-134), not %v", m.FullName(), rule)
		}
	case "Summarize": // reads, so it is a custom method by GET
		has("parent")
		if !strings.HasSuffix(rule.GetGet(), ":"+strings.ToLower(verb)+noun) {
			t.Errorf("%s: a custom method that reads is GET of :%s (AIP-136), not %v", m.FullName(), strings.ToLower(verb)+noun, rule)
		}
	case "Delete":
		has("name", "request_id")
		if rule.GetDelete() == "" || m.Output().FullName() != "google.protobuf.Empty" {
			t.Errorf("%s: a deletion is DELETE and answers with nothing (AIP-135), not %v", m.FullName(), rule)
		}
	case "Watch":
		if noun == "Project" {
			has("parent", "resume_token")
		} else {
			has("name", "resume_token")
		}
		if !m.IsStreamingServer() || m.Output().Fields().ByName("resume_token") == nil {
			t.Errorf("%s: a watch streams answers that carry a resume_token", m.FullName())
		}
	default:
		checkCustomVerb(t, m, rule, verb, noun)
		switch noun {
		case "Idea", "Ideas", "Storyboard", "Video", "Quota": // these change nothing
		case "Limits": // all of them
			has("request_id")
		case "DeadLetters", "WebhookDeliveries": // many at once
			has("parent", "request_id")
		default:
			has("name", "request_id")
		}
	}
}

// split takes CreateBulkJob apart into Create and BulkJob.
func split(name string) (verb, noun string) {
	i := strings.IndexFunc(name[1:], func(r rune) bool { return r >= 'A' && r <= 'Z' }) + 1
	return name[:i], name[i:]
}

func checkCustomVerb(t *testing.T, m protoreflect.MethodDescriptor, rule *annotations.HttpRule, verb, noun string) {
	t.Helper()
	custom := ":" + strings.ToLower(verb)
	if verb == "Change" || verb == "Rotate" { // a part of the resource, which the path must name
		custom += strings.TrimPrefix(strings.TrimPrefix(noun, "BulkJob"), "Webhook")
	}
	if !strings.HasSuffix(rule.GetPost(), custom) || rule.GetBody() != "*" {
		t.Errorf("%s: a custom method is POST of %s with body * (AIP-136), not %v", m.FullName(), custom, rule)
	}
}

func checkMessage(t *testing.T, m protoreflect.MessageDescriptor) {
	t.Helper()
	resource := option[*annotations.ResourceDescriptor](m, annotations.E_Resource)
	if resource == nil {
		return
	}
	if len(resource.GetPattern()) == 0 || resource.GetPlural() == "" {
		t.Errorf("%s: a resource has a pattern and a plural (AIP-123)", m.FullName())
	}
	behaviours := func(name protoreflect.Name) []annotations.FieldBehavior {
		f := m.Fields().ByName(name)
		if f == nil {
			return nil
		}
		return option[[]annotations.FieldBehavior](f, annotations.E_FieldBehavior)
	}
	if !slices.Contains(behaviours("name"), annotations.FieldBehavior_IDENTIFIER) {
		t.Errorf("%s: its name is IDENTIFIER (AIP-203)", m.FullName())
	}
	if m.Fields().ByName("state") != nil && !slices.Contains(behaviours("state"), annotations.FieldBehavior_OUTPUT_ONLY) {
		t.Errorf("%s: its state is OUTPUT_ONLY (AIP-216)", m.FullName())
	}
}
