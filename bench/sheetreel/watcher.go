package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// watch receives the whole history of a bulk job, until it has ended. Each event must follow the one before without a
// gap. It returns how many there were; completed is told of each video job that became COMPLETED.
func watch(ctx context.Context, conn *grpc.ClientConn, bulk string, completed func(number int)) (events int64, err error) {
	client, token := schedulerv1.NewSchedulerServiceClient(conn), ""
	for {
		stream, err := client.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: bulk, ResumeToken: token})
		if err != nil {
			return events, err
		}
		for {
			in, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if status.Code(err) == codes.Canceled || ctx.Err() != nil {
				return events, ctx.Err()
			}
			if err != nil {
				return events, err
			}
			for _, e := range in.GetEvents() {
				events++
				if e.GetSequence() != events {
					return events, fmt.Errorf("watch %s: event %d came as number %d", bulk, e.GetSequence(), events)
				}
				if e.GetVideoJobState() == schedulerv1.VideoJob_COMPLETED {
					completed(int(e.GetRowNumber()) - 1)
				}
				if e.GetType() == schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED && e.GetBulkJobState() == schedulerv1.BulkJob_COMPLETED {
					return events, nil
				}
			}
			token = in.GetResumeToken()
		}
	}
}
