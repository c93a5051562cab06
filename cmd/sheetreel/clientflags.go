package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// clientFlags are the flags of every command that talks to a server.
type clientFlags struct {
	Server  string `help:"Address of the server's gRPC side." default:"127.0.0.1:9100" group:"Server"`
	HTTP    string `name:"http" help:"Address of the server's HTTP side, for links and downloads." default:"http://127.0.0.1:8080" group:"Server"`
	Project string `help:"Project to work in." default:"default" group:"Server"`
	Output  string `help:"text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

// callBound is how long a call may take that is answered at once.
const callBound = 30 * time.Second

// with connects, runs fn, and closes the connection. Errors of fn carry the server's address.
func (f clientFlags) with(fn func(c *client.Client) error) error {
	c, err := client.Dial(f.Server)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := fn(c); err != nil {
		return &callError{f.Server, err}
	}
	return nil
}

// json tells whether programs read the output.
func (f clientFlags) json() bool { return f.Output == "json" }

// links makes links to the server's HTTP side.
func (f clientFlags) links() client.Links { return client.Links{Base: f.HTTP} }

// call gives a context for one call.
func (env *environment) call() (context.Context, context.CancelFunc) {
	return context.WithTimeout(env.ctx, callBound)
}

// say writes lines for people.
func (env *environment) say(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(env.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// tell writes sentences for people, broken at the width of the terminal.
func (env *environment) tell(sentences ...string) error {
	for _, sentence := range sentences {
		if err := env.say(columns.Wrap(sentence, env.width(), 2)...); err != nil {
			return err
		}
	}
	return nil
}

// width is how many columns tables may take; 0 means any.
func (env *environment) width() int {
	width, _ := env.screen.Size()
	return width
}

// message turns a protobuf message into compact JSON: the same bytes for the same message.
func message(m proto.Message) (json.RawMessage, error) {
	text, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, err
	}
	return compact.Bytes(), nil
}

// document writes one JSON document, indented.
func (env *environment) document(value any) error {
	if m, ok := value.(proto.Message); ok {
		raw, err := message(m)
		if err != nil {
			return err
		}
		value = raw
	}
	encoder := json.NewEncoder(env.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
