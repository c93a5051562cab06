package studio

import (
	"sync"

	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// library opens the font folders once; a failure is not kept, so that fonts installed later are found.
type library struct {
	mu     sync.Mutex
	opened *typeset.Library
}

func (l *library) open(folders []string) (*typeset.Library, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		return l.opened, nil
	}
	opened, err := typeset.Open(folders)
	if err != nil {
		return nil, err
	}
	l.opened = opened
	return opened, nil
}
