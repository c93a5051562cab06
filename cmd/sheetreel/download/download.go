// Package download brings the files of finished videos into a folder.
//
// A file is there only when it is whole and has the digest that the API names: it is written beside its place,
// verified, and renamed. A file that is there already with the right digest is not fetched again.
package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// fileDeadline bounds the download of one file.
const fileDeadline = 30 * time.Minute

// ErrDigest is returned when what came is not what the API promised.
var ErrDigest = errors.New("the content does not match its SHA-256")

// Downloader fetches the files of video jobs.
type Downloader struct {
	Client *http.Client
	// URL says where a file of a video job is.
	URL func(videoJob, fileName string) string
	// Dir is where the folders of the videos are made.
	Dir string
}

// NewClient makes an HTTP client that does not wait for ever for a server to begin.
func NewClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ResponseHeaderTimeout: 30 * time.Second,
		MaxIdleConnsPerHost:   2,
	}}
}

// Result tells what was done for a video.
type Result struct {
	Folder  string // where its files are
	Fetched int    // files that were written
	Kept    int    // files that were there already
}

// Video fetches all files of a finished video job.
func (d *Downloader) Video(ctx context.Context, job *schedulerv1.VideoJob) (Result, error) {
	result := Result{Folder: filepath.Join(d.Dir, Folder(job.GetIdea().GetRowNumber(), job.GetIdea().GetTitle()))}
	if err := os.MkdirAll(result.Folder, 0o755); err != nil {
		return result, err
	}
	for _, artifact := range job.GetArtifacts() {
		name := artifact.GetFileName()
		if name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) {
			return result, fmt.Errorf("file name %q: not a plain file name", name)
		}
		path := filepath.Join(result.Folder, name)
		same, err := has(path, artifact.GetSha256())
		if err != nil {
			return result, err
		}
		if same {
			result.Kept++
			continue
		}
		if err := d.fetch(ctx, d.URL(job.GetName(), name), path, artifact); err != nil {
			return result, fmt.Errorf("download %s: %w", path, err)
		}
		result.Fetched++
	}
	return result, nil
}

// has tells whether the file at path has the digest.
func has(path, digest string) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)) == digest, nil
}

// fetch writes one file.
func (d *Downloader) fetch(ctx context.Context, url, path string, want *schedulerv1.Artifact) error {
	ctx, cancel := context.WithTimeout(ctx, fileDeadline)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	reply, err := d.Client.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, reply.Status)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after the rename there is nothing left of it
	err = copyVerified(file, reply.Body, want)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// copyVerified copies to disk, at most what was promised, and checks size and digest.
func copyVerified(file *os.File, body io.Reader, want *schedulerv1.Artifact) error {
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(body, want.GetSizeBytes()+1))
	if err != nil {
		return err
	}
	if n != want.GetSizeBytes() {
		return fmt.Errorf("%w: %d bytes came, %d were promised", ErrDigest, n, want.GetSizeBytes())
	}
	if hex.EncodeToString(hash.Sum(nil)) != want.GetSha256() {
		return ErrDigest
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	return file.Sync()
}
