package quota_test

import (
	"context"
	"fmt"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/quota"
)

func readSheet(ctx context.Context, service ratelimitv1.QuotaServiceClient) error {
	client := quota.New(service, quota.Config{}) // one for all calls of a process
	permit, err := client.Acquire(ctx, quota.Call{Descriptors: map[string]string{
		"action": "sheets.read", "project": "demo", "user": "ada",
	}})
	if err != nil {
		return err // the limiter's refusal, if ctx would have ended before its turn
	}
	fmt.Println("granted:", permit.Granted)
	unused := true // nothing had to be read after all
	if unused {
		return client.Cancel(ctx, permit)
	}
	return nil
}

func Example() {
	fmt.Println(readSheet(context.Background(), service()))
	// Output:
	// granted: 1
	// <nil>
}
