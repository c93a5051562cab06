package quota

import "sync"

// successPart is how much of a try a success brings back.
const successPart = 0.1

// budget is how many tries may still be made in trouble, after gRPC's retry throttling (gRFC A6): with it a client that
// sees nothing but trouble soon asks once for each call, and one that sees it rarely tries again each time.
type budget struct {
	mu         sync.Mutex
	left, most float64
}

func newBudget(most int) *budget { return &budget{left: float64(most), most: float64(most)} }

// spend takes a try, if there is one.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

func (b *budget) success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+successPart, b.most)
}
