package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/gateway/limit"
)

const (
	// uploadFolder is where uploads lie in the blob store, each by its project and the digest of its content: the same
	// file twice is one upload, and a bulk job of it is one bulk job.
	uploadFolder = "uploads/"
	// uploadLife is how long an upload is kept.
	uploadLife = 24 * time.Hour
	// uploadTime bounds an upload as a whole; each single read is bounded by bodyReadTimeout.
	uploadTime = 10 * time.Minute
	// maxFileName is in bytes.
	maxFileName = 200
)

// upload keeps the body of a request as a file that sources may name.
func (s *Service) upload(w http.ResponseWriter, r *http.Request) {
	stored, status, err := s.receive(w, r)
	if err != nil {
		if status == 0 {
			handleError(r.Context(), nil, nil, w, r, err)
			return
		}
		writeError(w, status, err)
		return
	}
	body, err := newCodec().Marshal(stored)
	if err != nil {
		handleError(r.Context(), nil, nil, w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// receive checks a request and stores its body. A status of 0 is that of the error.
func (s *Service) receive(w http.ResponseWriter, r *http.Request) (*ingestv1.Upload, int, error) {
	parent := "projects/" + r.PathValue("project")
	if !wholeProject(parent) {
		return nil, 0, errs.Invalid(errs.Violation{Field: "parent", Description: "is not the name of a project"})
	}
	if err := s.admitUpload(r.Context(), parent); err != nil {
		return nil, 0, err
	}
	name := r.URL.Query().Get("file_name")
	if len(name) > maxFileName {
		return nil, 0, errs.Invalid(errs.Violation{Field: "file_name", Description: fmt.Sprintf("has more than %d bytes", maxFileName)})
	}
	if r.ContentLength > s.cfg.MaxUpload {
		return nil, http.StatusRequestEntityTooLarge, tooLarge(s.cfg.MaxUpload)
	}
	ctx, cancel := context.WithTimeout(r.Context(), uploadTime)
	defer cancel()
	rc := http.NewResponseController(w)
	body := &patientBody{in: http.MaxBytesReader(w, r.Body, s.cfg.MaxUpload), rc: rc}
	stored, err := s.keep(ctx, parent, name, body)
	var large *http.MaxBytesError
	switch {
	case errors.As(body.err, &large):
		return nil, http.StatusRequestEntityTooLarge, tooLarge(s.cfg.MaxUpload)
	case body.err != nil && err != nil:
		return nil, 0, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_REQUEST_MALFORMED, "the file did not come whole; send it again")
	}
	return stored, 0, err
}

// wholeProject tells whether a text is the name of a project and nothing more.
func wholeProject(name string) bool {
	found := projectName.FindStringSubmatch(name)
	return found != nil && found[0] == name
}

func tooLarge(most int64) error {
	return errs.Invalid(errs.Violation{
		Field: "body", Description: fmt.Sprintf("the file has more than %d MiB, which is the most that this server takes", most>>20),
	})
}

// keep stores a file. Trouble with the store is logged, and the caller told to come again.
func (s *Service) keep(ctx context.Context, parent, fileName string, body io.Reader) (*ingestv1.Upload, error) {
	remembered := &remembering{in: body}
	stored, err := s.store(ctx, parent, remembered)
	switch {
	case err == nil:
		stored.FileName = fileName
		return stored, nil
	case remembered.err != nil: // the sender's
		return nil, remembered.err
	case errs.ReasonOf(err) == errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED:
		s.log.ErrorContext(ctx, "store an upload", "error", err)
		return nil, errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the file store does not answer", 5*time.Second)
	}
	return nil, err
}

// remembering knows why reading failed, so that this is told from a failure of the store.
type remembering struct {
	in  io.Reader
	err error
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// admitUpload counts an upload as a call that changes something.
func (s *Service) admitUpload(ctx context.Context, parent string) error {
	from, ok := ctx.Value(callerKey{}).(*caller)
	if !ok {
		return nil
	}
	grant, err := s.limiter.Admit(ctx, limit.Call{Route: "uploads", Write: true, Project: parent[len("projects/"):], Client: from.client})
	if err == nil && grant.Left != "" {
		from.tell(grant)
	}
	return err
}

// store writes a file beside its place and moves it there when it is whole.
func (s *Service) store(ctx context.Context, parent string, body io.Reader) (*ingestv1.Upload, error) {
	folder := uploadFolder + parent[len("projects/"):] + "/"
	incoming := folder + "incoming-" + rand.Text()
	size, sum, err := s.write(ctx, incoming, body)
	if err != nil {
		return nil, err
	}
	defer func() {
		// The sweep removes it later when this fails.
		_ = s.blob.Delete(context.WithoutCancel(ctx), incoming)
	}()
	if size == 0 {
		return nil, errs.Invalid(errs.Violation{Field: "body", Description: "is empty; send the file as the request's body"})
	}
	if err := s.blob.Copy(ctx, folder+sum, incoming, nil); err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	now := time.Now()
	return &ingestv1.Upload{
		Name: parent + "/uploads/" + sum, SizeBytes: size, Sha256: sum,
		CreateTime: timestamppb.New(now), ExpireTime: timestamppb.New(now.Add(uploadLife)),
	}, nil
}

// write writes a blob. Nothing is left of one that did not come whole.
func (s *Service) write(ctx context.Context, key string, body io.Reader) (size int64, sum string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.blob.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return 0, "", fmt.Errorf("upload: %w", err)
	}
	digest := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, digest), body)
	if err != nil {
		cancel() // so that Close leaves nothing behind
		_ = w.Close()
		return 0, "", fmt.Errorf("upload: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, "", fmt.Errorf("upload: %w", err)
	}
	return size, hex.EncodeToString(digest.Sum(nil)), nil
}

// patientBody gives every read of a body a deadline of its own, and remembers why reading ended.
type patientBody struct {
	in  io.Reader
	rc  *http.ResponseController
	err error
}

func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(time.Now().Add(bodyReadTimeout)) // not supported by test recorders
	n, err := b.in.Read(p)
	if err != nil {
		_ = b.rc.SetReadDeadline(time.Time{})
		if !errors.Is(err, io.EOF) {
			b.err = err
		}
	}
	return n, err
}

// sweepUploads deletes old uploads until ctx ends.
func (s *Service) sweepUploads(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := s.sweepOnce(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "old uploads stay; trying again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweepOnce deletes the uploads that are too old. Any number of gateways may do it at the same time.
func (s *Service) sweepOnce(ctx context.Context, now time.Time) error {
	all := s.blob.List(&blob.ListOptions{Prefix: uploadFolder})
	for {
		found, err := all.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if now.Sub(found.ModTime) < uploadLife {
			continue
		}
		if err := s.blob.Delete(ctx, found.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return err
		}
	}
}
