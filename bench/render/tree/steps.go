package tree

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
)

// Step is what one part of a program's work took. The program writes one as a line of JSON when the part ends; its
// memory is looked at from outside.
type Step struct {
	Name  string `json:"name"`
	Usage Usage  `json:"usage"`
	// Note is what else the program has to say.
	Note string `json:"note"`
}

// Steps runs a program that tells its steps, and hands each to tell as it comes.
func Steps(ctx context.Context, c Command, tell func(Step)) error {
	read, write := io.Pipe()
	c.Stdout = write
	p, err := start(ctx, c)
	if err != nil {
		return err
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			var s Step
			if json.Unmarshal(lines.Bytes(), &s) == nil && s.Name != "" {
				s.Usage.Peak = p.look.peak()
				tell(s)
			}
		}
		_, _ = io.Copy(io.Discard, read) // a line too long
	}()
	_, err = p.wait(ctx)
	write.Close()
	<-told
	return err
}
