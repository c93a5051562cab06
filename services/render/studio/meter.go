package studio

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
)

// meter adds up what a render takes. It is safe for concurrent use.
type meter struct {
	mu               sync.Mutex
	start            time.Time
	cpu, saved       time.Duration
	reused, rendered int32
	stages           []*span
}

// span is when a stage began first and ended last.
type span struct {
	name       string
	start, end time.Time
}

func newMeter() *meter { return &meter{start: time.Now()} }

// add notes processor time of a program that was started.
func (m *meter) add(cpu time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cpu += cpu
}

// save notes processor time that the cache saved.
func (m *meter) save(cpu time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved += cpu
}

// scene notes that a scene came out of the cache, or did not.
func (m *meter) scene(reused bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if reused {
		m.reused++
	} else {
		m.rendered++
	}
}

// stage begins a stage; what it returns ends it. Stages may overlap, and one may run in several goroutines.
func (m *meter) stage(name string) (end func()) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.stages, func(s *span) bool { return s.name == name })
	if i < 0 {
		i = len(m.stages)
		m.stages = append(m.stages, &span{name: name, start: now, end: now})
	}
	s := m.stages[i]
	return func() {
		now := time.Now()
		m.mu.Lock()
		defer m.mu.Unlock()
		s.end = now
	}
}

// thread measures the calling goroutine until what it returns is called, which gives the processor time. The
// goroutine has a thread for itself so long.
func (m *meter) thread() (stop func() time.Duration) {
	runtime.LockOSThread()
	before := threadTime()
	return func() time.Duration {
		used := threadTime() - before
		runtime.UnlockOSThread()
		m.add(used)
		return used
	}
}

// receipt is what was measured.
func (m *meter) receipt() *renderv1.Receipt {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &renderv1.Receipt{
		CpuDuration: durationpb.New(m.cpu), RenderDuration: durationpb.New(time.Since(m.start)),
		ReusedSceneCount: m.reused, RenderedSceneCount: m.rendered, SavedCpuDuration: durationpb.New(m.saved),
	}
	for _, s := range m.stages {
		r.Stages = append(r.Stages, &renderv1.Receipt_StageTime{Stage: s.name, Duration: durationpb.New(s.end.Sub(s.start))})
	}
	return r
}
