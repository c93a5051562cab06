package gateway

import (
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"

	"gocloud.dev/gcerrors"
	"google.golang.org/grpc/codes"

	"gocloud.dev/blob"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// artifact serves a published file of a video job, whole or by ranges. Whether it is published only the scheduler
// knows, so it is asked first.
func (s *Service) artifact(w http.ResponseWriter, r *http.Request) {
	name := "projects/" + r.PathValue("project") + "/bulkJobs/" + r.PathValue("bulk_job") + "/videoJobs/" + r.PathValue("video_job")
	video, err := schedulerv1.NewSchedulerServiceClient(s.backends.Scheduler).
		GetVideoJob(outgoing(r), &schedulerv1.GetVideoJobRequest{Name: name})
	if err != nil {
		handleError(r.Context(), nil, nil, w, r, err)
		return
	}
	fileName := r.PathValue("file_name")
	artifact := findArtifact(video, fileName)
	if artifact == nil {
		handleError(r.Context(), nil, nil, w, r, errs.NotFound("sheetreel/Artifact", name+"/artifacts/"+fileName))
		return
	}
	content, err := s.blob.NewReader(r.Context(), artifact.GetBlobKey(), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		handleError(r.Context(), nil, nil, w, r, errs.NotFound("sheetreel/Artifact", name+"/artifacts/"+fileName))
		return
	}
	if err != nil {
		s.log.ErrorContext(r.Context(), "open artifact", "key", artifact.GetBlobKey(), "error", err)
		handleError(r.Context(), nil, nil, w, r, errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the artifact store does not answer", 5*time.Second))
		return
	}
	defer content.Close()
	s.serveArtifact(w, r, video, artifact, content)
}

func (s *Service) serveArtifact(w http.ResponseWriter, r *http.Request, video *schedulerv1.VideoJob, artifact *schedulerv1.Artifact, content *blob.Reader) {
	h := w.Header()
	contentType, inline := safeType(artifact.GetContentType())
	h.Set("Content-Type", contentType)
	h.Set("ETag", `"`+artifact.GetSha256()+`"`)
	h.Set("Cache-Control", "private, max-age=31536000, immutable") // what is published never changes
	if !inline || r.URL.Query().Get("download") == "1" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{
			"filename": downloadName(video.GetIdea().GetTitle(), artifact.GetFileName()),
		}))
	}
	http.ServeContent(&rangeErrors{ResponseWriter: w}, r, "", time.Time{}, content)
}

func findArtifact(video *schedulerv1.VideoJob, fileName string) *schedulerv1.Artifact {
	for _, a := range video.GetArtifacts() {
		if a.GetFileName() == fileName {
			return a
		}
	}
	return nil
}

// safeType gives the media type to answer with, and whether a browser may show it in place. Workers may be anybody's,
// so nothing that could run as a page of our origin is shown.
func safeType(contentType string) (string, bool) {
	kind, _, err := mime.ParseMediaType(contentType)
	major, _, _ := strings.Cut(kind, "/")
	switch {
	case err != nil, kind == "image/svg+xml":
		return "application/octet-stream", false
	case major == "video", major == "audio", major == "image":
		return contentType, true
	case kind == "text/vtt", kind == "text/plain", kind == "application/json", kind == "application/x-subrip":
		return contentType, true
	}
	return "application/octet-stream", false
}

// downloadName makes a file name that tells what is in the file: the video's title, then which file it is.
func downloadName(title, fileName string) string {
	var b strings.Builder
	dash := false
	count := 0
	for _, c := range title {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) {
			dash = b.Len() > 0
			continue
		}
		if count++; count > 60 {
			break
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteRune(unicode.ToLower(c))
	}
	if b.Len() == 0 {
		return fileName
	}
	if extension := path.Ext(fileName); strings.TrimSuffix(fileName, extension) == "video" {
		return b.String() + extension
	}
	return b.String() + "-" + fileName
}

// rangeErrors gives a refused range the form of every other error.
type rangeErrors struct {
	http.ResponseWriter
	refused bool
}

func (w *rangeErrors) WriteHeader(code int) {
	if code != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	w.refused = true
	w.Header().Del("ETag")
	w.Header().Del("Content-Disposition")
	writeError(w.ResponseWriter, code, errs.New(codes.OutOfRange, errorsv1.ErrorReason_VALIDATION_FAILED, "Range: no such part of the file"))
}

func (w *rangeErrors) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil // the plain text that would follow
	}
	return w.ResponseWriter.Write(p)
}
