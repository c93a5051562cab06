package httpapi

import (
	"fmt"
	"maps"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Wire is how a provider words its calls. In paths `{id}` and `{key}` stand for the order's id and key.
type Wire struct {
	Submit string `yaml:"submit"`
	Poll   string `yaml:"poll"`
	Cancel string `yaml:"cancel"`
	// CancelMethod is DELETE or POST.
	CancelMethod string `yaml:"cancel_method"`
	Find         string `yaml:"find"`
	// Body is added to what is ordered with. Names calls fields of it otherwise: {prompt: promptText}.
	Body  map[string]any    `yaml:"body"`
	Names map[string]string `yaml:"names"`
	// Fields are where answers have what matters, as JSON pointers.
	Fields Fields `yaml:"fields"`
	// States say what the words of the status field mean, in lower case: pending, throttled, running, succeeded, failed, cancelled.
	States map[string]string `yaml:"states"`
}

// Fields are JSON pointers into answers; an empty one is not there.
type Fields struct {
	// SubmitID is the id in the answer to Submit, ID in others and in callbacks; Found is the list in the answer to Find.
	SubmitID string `yaml:"submit_id"`
	ID       string `yaml:"id"`
	Found    string `yaml:"found"`
	Status   string `yaml:"status"`
	// Progress is a number from 0 to 1, or to 100 if Percent is set.
	Progress string `yaml:"progress"`
	Percent  bool   `yaml:"percent"`
	URL      string `yaml:"url"`
	// Code, Message, Retryable and Billed explain a failure; a Code that has one of Moderation in it was refused for what it shows.
	Code       string   `yaml:"code"`
	Message    string   `yaml:"message"`
	Retryable  string   `yaml:"retryable"`
	Billed     string   `yaml:"billed"`
	Moderation []string `yaml:"moderation"`
	// Cost is what the provider took, in units of the currency.
	Cost string `yaml:"cost"`
}

// shape is a wire by its name, and what it can make.
func shape(api string) (Wire, []provider.TaskKind, error) {
	switch api {
	case "video":
		return Wire{
			Submit: "/renders", Poll: "/renders/{id}", Cancel: "/renders/{id}", CancelMethod: "DELETE", Find: "/renders?key={key}",
			Fields: Fields{
				SubmitID: "/id", ID: "/id", Found: "/renders", Status: "/status", Progress: "/progress", URL: "/url",
				Code: "/error/code", Message: "/error/message", Retryable: "/error/retryable", Billed: "/error/billed",
				Moderation: []string{"moderation", "safety", "policy"}, Cost: "/cost/amount",
			},
			States: map[string]string{
				"queued": "pending", "pending": "pending", "waiting": "pending", "throttled": "throttled",
				"running": "running", "fetching": "running", "rendering": "running", "saving": "running", "processing": "running",
				"done": "succeeded", "succeeded": "succeeded", "completed": "succeeded", "failed": "failed", "error": "failed",
				"cancelled": "cancelled", "canceled": "cancelled",
			},
		}, []provider.TaskKind{provider.WholeVideo}, nil
	case "scene":
		return Wire{
			Submit: "/tasks", Poll: "/tasks/{id}", Cancel: "/tasks/{id}/cancel", CancelMethod: "POST", Find: "/tasks?key={key}",
			Fields: Fields{
				SubmitID: "/id", ID: "/id", Found: "/tasks", Status: "/status", Progress: "/progress", URL: "/output/0",
				Code: "/failureCode", Message: "/failure", Moderation: []string{"moderation", "safety", "policy"}, Cost: "/usage/cost",
			},
			States: map[string]string{
				"pending": "pending", "queued": "pending", "dreaming": "running", "throttled": "throttled", "running": "running", "processing": "running",
				"succeeded": "succeeded", "completed": "succeeded", "failed": "failed", "cancelled": "cancelled", "canceled": "cancelled",
			},
		}, []provider.TaskKind{provider.SceneClip, provider.SceneImage}, nil
	}
	return Wire{}, nil, fmt.Errorf("api: is %q; it must be video or scene", api)
}

// with puts what a configuration says in the place of the shape's.
func (w Wire) with(c Wire) (Wire, error) {
	for _, f := range []struct{ to, from *string }{
		{&w.Submit, &c.Submit},
		{&w.Poll, &c.Poll},
		{&w.Cancel, &c.Cancel},
		{&w.CancelMethod, &c.CancelMethod},
		{&w.Find, &c.Find},
		{&w.Fields.SubmitID, &c.Fields.SubmitID},
		{&w.Fields.ID, &c.Fields.ID},
		{&w.Fields.Found, &c.Fields.Found},
		{&w.Fields.Status, &c.Fields.Status},
		{&w.Fields.Progress, &c.Fields.Progress},
		{&w.Fields.URL, &c.Fields.URL},
		{&w.Fields.Code, &c.Fields.Code},
		{&w.Fields.Message, &c.Fields.Message},
		{&w.Fields.Retryable, &c.Fields.Retryable},
		{&w.Fields.Billed, &c.Fields.Billed},
		{&w.Fields.Cost, &c.Fields.Cost},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	w.Fields.Percent = c.Fields.Percent
	if len(c.Fields.Moderation) > 0 {
		w.Fields.Moderation = c.Fields.Moderation
	}
	w.Body, w.Names = c.Body, c.Names
	w.States = maps.Clone(w.States)
	for word, meaning := range c.States {
		if _, ok := stateOf(meaning); !ok {
			return w, fmt.Errorf("wire.states.%s: is %q; it must be pending, throttled, running, succeeded, failed or cancelled", word, meaning)
		}
		w.States[strings.ToLower(word)] = meaning
	}
	if w.CancelMethod != "DELETE" && w.CancelMethod != "POST" {
		return w, fmt.Errorf("wire.cancel_method: is %q; it must be DELETE or POST", w.CancelMethod)
	}
	for name, path := range map[string]string{"submit": w.Submit, "poll": w.Poll, "cancel": w.Cancel, "find": w.Find} {
		if !strings.HasPrefix(path, "/") {
			return w, fmt.Errorf("wire.%s: must begin with /", name)
		}
	}
	return w, nil
}

func stateOf(name string) (provider.State, bool) {
	for s := provider.Pending; s <= provider.Cancelled; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}
