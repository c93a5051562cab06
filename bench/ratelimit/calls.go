package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

const (
	// users and projects are enough that none of the calls of a run is refused.
	users, projects = 10_240, 2048
	// connections are shared by the callers.
	connections = 4
	// userLimit is the built-in limit whose count is checked, and userCapacity what it allows a user in a minute.
	userLimit    = "dispatch-per-user"
	userCapacity = 60
)

// names of a user and of a project of theirs.
func userName(u int) string    { return fmt.Sprintf("user-%05d", u) }
func projectName(u int) string { return fmt.Sprintf("project-%04d", u%projects) }

// shape says what the calls of a run are like.
type shape struct {
	hot  bool // all users are in one project
	lean bool // the answers need not tell what is left
}

// requests are a call for each user. Two of the built-in limits count it: 60 in any 60 s for a user, and a bucket of 300 for
// a project.
func (s shape) requests() []*ratelimitv1.AcquireRequest {
	all := make([]*ratelimitv1.AcquireRequest, users)
	for u := range all {
		project := projectName(u)
		if s.hot {
			project = projectName(0)
		}
		all[u] = &ratelimitv1.AcquireRequest{OmitLimits: s.lean, Descriptors: map[string]string{
			"action": "render.dispatch", "project": project, "user": userName(u),
		}}
	}
	return all
}

// clients are connections with what speaks over them.
type clients[T any] struct {
	conns []*grpc.ClientConn
	each  []T
}

// dial connects to a server, as simply as all of them can be reached.
func dial[T any](address string, client func(grpc.ClientConnInterface) T) (*clients[T], error) {
	c := &clients[T]{}
	for range connections {
		conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			c.close()
			return nil, err
		}
		c.conns = append(c.conns, conn)
		c.each = append(c.each, client(conn))
	}
	return c, nil
}

// of is the client of a caller.
func (c *clients[T]) of(caller int) T { return c.each[caller%len(c.each)] }

func (c *clients[T]) close() {
	for _, conn := range c.conns {
		_ = conn.Close() // the server ends too
	}
}

// toQuota makes the client of a connection.
func toQuota(conn grpc.ClientConnInterface) ratelimitv1.QuotaServiceClient {
	return ratelimitv1.NewQuotaServiceClient(conn)
}

// checkCharges fails unless some of the users have been charged just what they were granted: call i was for user i.
func checkCharges(ctx context.Context, quota ratelimitv1.QuotaServiceClient, reqs []*ratelimitv1.AcquireRequest, granted int) error {
	const checked = 200
	for u := 0; u < users; u += users / checked {
		reply, err := quota.Acquire(ctx, &ratelimitv1.AcquireRequest{Descriptors: reqs[u].GetDescriptors()})
		if err != nil {
			return err
		}
		charged := granted / users
		if u < granted%users {
			charged++
		}
		found := false
		for _, l := range reply.GetLimits() {
			if l.GetLimit() != userLimit {
				continue
			}
			found = true
			if got, want := int(l.GetRemaining()), userCapacity-charged-1; got != want {
				return fmt.Errorf("%s was granted %d, but has %d left instead of %d", userName(u), charged+1, got, want)
			}
		}
		if !found {
			return fmt.Errorf("the answer for %s does not name %s", userName(u), userLimit)
		}
	}
	return nil
}
