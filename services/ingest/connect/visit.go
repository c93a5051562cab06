package connect

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// mostPause is the longest pause after looks in vain.
const mostPause = 10 * time.Minute

// visit is one look at a connected sheet.
type visit struct {
	Deps
	log  *slog.Logger
	seen *schedulerv1.ConnectedSheet
}

// quiet is how long a version must stay the same before its rows are compared.
func (v *visit) quiet() time.Duration { return v.Interval / 3 }

// patience is how long edits may go on until the rows are compared all the same. Results that are written into the sheet
// are edits too.
func (v *visit) patience() time.Duration { return 4 * v.Interval }

// look looks once, and says when to look again.
func (v *visit) look(ctx context.Context) (pause time.Duration) {
	project := projectOf(v.seen.GetName())
	version, err := v.Version(ctx, project, v.seen.GetBulkJob())
	if err != nil {
		return v.failed(err)
	}
	if !version.Modified.IsZero() {
		v.seen.ModifyTime = timestamppb.New(version.Modified)
	}
	if version.Number == v.seen.GetVersion() {
		if v.seen.GetFailureCount() > 0 { // what is wrong with the rows themselves stays until they are edited
			v.seen.Error = nil
		}
		return v.settled(version.Number)
	}
	if first := v.seen.GetVersion() == 0; !first && !v.isQuiet(version.Number) {
		return v.quiet()
	}
	busy, err := v.isBusy(ctx)
	if err != nil {
		return v.failed(err)
	}
	if busy { // its rows would be taken for new ones
		return v.quiet()
	}
	changed, err := v.Changed(ctx, project, v.seen.GetBulkJob())
	if err == nil && changed {
		err = v.create(ctx, project, version.Number)
	}
	if ofContent(err) {
		v.seen.Error = status.Convert(errs.Public(err)).Proto()
		return v.settled(version.Number)
	}
	if err != nil {
		return v.failed(err)
	}
	v.seen.Error = nil
	return v.settled(version.Number)
}

// isQuiet tells whether a new version has stayed the same for a while, or edits have gone on for long.
func (v *visit) isQuiet(version int64) bool {
	now := time.Now()
	if v.seen.GetPendingTime() == nil {
		v.seen.PendingTime = timestamppb.New(now)
	}
	same := v.seen.GetPendingVersion() == version
	v.seen.PendingVersion = version
	return same || now.Sub(v.seen.GetPendingTime().AsTime()) >= v.patience()
}

// isBusy tells whether the bulk job before has not read its sheet yet.
func (v *visit) isBusy(ctx context.Context) (bool, error) {
	if v.seen.GetLastBulkJob() == "" {
		return false, nil
	}
	job, err := v.Jobs.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: v.seen.GetLastBulkJob()})
	switch {
	case errs.ReasonOf(err) == errorsv1.ErrorReason_RESOURCE_NOT_FOUND:
		return false, nil // it was deleted
	case err != nil:
		return false, fmt.Errorf("look at %s: %w", v.seen.GetLastBulkJob(), err)
	}
	switch job.GetState() {
	case schedulerv1.BulkJob_PENDING, schedulerv1.BulkJob_INGESTING, schedulerv1.BulkJob_PAUSED:
		return job.GetImportReport() == nil, nil
	}
	return false, nil
}

// create makes the bulk job of a version, once.
func (v *visit) create(ctx context.Context, project string, version int64) error {
	job, err := v.Jobs.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{
		Parent: "projects/" + project, BulkJob: proto.CloneOf(v.seen.GetBulkJob()),
		RequestId: fmt.Sprintf("%s-%d", path.Base(v.seen.GetName()), version),
	})
	if err != nil {
		return err
	}
	v.seen.LastBulkJob, v.seen.LastBulkJobTime = job.GetName(), job.GetCreateTime()
	v.log.InfoContext(ctx, "a connected sheet has changed", "bulk_job", job.GetName(), "version", version)
	return nil
}

// settled is the end of a look that has found out what there was to know of a version.
func (v *visit) settled(version int64) time.Duration {
	v.seen.Version, v.seen.PendingVersion, v.seen.PendingTime, v.seen.FailureCount = version, 0, nil, 0
	return v.about(v.Interval)
}

// failed is the end of a look that was in vain.
func (v *visit) failed(err error) time.Duration {
	v.seen.Error = status.Convert(errs.Public(err)).Proto()
	v.seen.FailureCount++
	pause := mostPause
	if n := v.seen.GetFailureCount(); n < 12 {
		pause = min(v.Interval<<(n-1), mostPause)
	}
	if named, ok := errs.RetryDelay(err); ok {
		pause = max(pause, min(named, mostPause))
	}
	return v.about(pause)
}

// about spreads looks: a fifth more or less.
func (v *visit) about(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))
}

// ofContent tells whether an error is about what stands in the sheet, which only an edit can mend.
func ofContent(err error) bool {
	switch errs.ReasonOf(err) {
	case errorsv1.ErrorReason_SHEET_NOT_SHARED, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID:
		return false
	}
	code := status.Code(err)
	return code == codes.InvalidArgument || code == codes.FailedPrecondition
}

// projectOf gives the project of a resource name that begins with `projects/{project}`.
func projectOf(name string) string {
	project, _, _ := strings.Cut(strings.TrimPrefix(name, "projects/"), "/")
	return project
}
