package storetest_test

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) durable.Store { return &storetest.Memory{} })
}
