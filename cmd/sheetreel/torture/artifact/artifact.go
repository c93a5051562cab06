// Package artifact is the file that a worker of a campaign makes instead of a video: it says by which attempt, under
// which lease it was made, so that the published one can be compared with what the callers saw. Its name holds the
// lease, so that no attempt can overwrite the file of another.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Content is what a file says.
type Content struct {
	Job     string `json:"job"`
	Lease   string `json:"lease"`
	Attempt int32  `json:"attempt"`
	Worker  string `json:"worker"`
}

// Folders are made by Prepare, so that no folder holds too many files.
const folders = 256

// Prepare makes the folders below root.
func Prepare(root string) error {
	for i := range folders {
		if err := os.MkdirAll(filepath.Join(root, fmt.Sprintf("%02x", i)), 0o700); err != nil {
			return fmt.Errorf("artifact folders: %w", err)
		}
	}
	return nil
}

// key is the name of the file of an attempt below root.
func key(c Content) string {
	sum := sha256.Sum256([]byte(c.Job + " " + c.Lease))
	name := hex.EncodeToString(sum[:])
	return name[:2] + "/" + name[2:32] + ".json"
}

// Write makes the file of an attempt. Its content is on disk when this returns.
func Write(root string, c Content) (*schedulerv1.Artifact, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	k := key(c)
	file, err := os.OpenFile(filepath.Join(root, k), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("artifact: %w", err)
	}
	defer file.Close()
	if _, err := file.Write(raw); err != nil {
		return nil, fmt.Errorf("artifact: %w", err)
	}
	if err := file.Sync(); err != nil {
		return nil, fmt.Errorf("artifact: %w", err)
	}
	sum := sha256.Sum256(raw)
	return &schedulerv1.Artifact{
		FileName: "manifest.json", ContentType: "application/json", SizeBytes: int64(len(raw)),
		Sha256: hex.EncodeToString(sum[:]), BlobKey: k,
	}, nil
}

// Read reads the file of a published artifact. It must be there as it was published.
func Read(root string, a *schedulerv1.Artifact) (Content, error) {
	var c Content
	if !filepath.IsLocal(a.GetBlobKey()) || strings.Contains(a.GetBlobKey(), `\`) {
		return c, fmt.Errorf("artifact %q: the key leads outside of the folder", a.GetBlobKey())
	}
	raw, err := os.ReadFile(filepath.Join(root, a.GetBlobKey()))
	if err != nil {
		return c, fmt.Errorf("artifact: %w", err)
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != a.GetSha256() || int64(len(raw)) != a.GetSizeBytes() {
		return c, fmt.Errorf("artifact %s: the file is not what was published", a.GetBlobKey())
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("artifact %s: %w", a.GetBlobKey(), err)
	}
	return c, nil
}
