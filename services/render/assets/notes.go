package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// note remembers what an address, or a wish that a provider fulfilled, gave last. It is one small file.
type note struct {
	Asset    Asset     `json:"asset"` // without its path
	ETag     string    `json:"etag,omitempty"`
	Modified string    `json:"modified,omitempty"`
	Fetched  time.Time `json:"fetched"`
}

// notes is a folder of notes.
type notes struct{ dir string }

func (n notes) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(n.dir, hex.EncodeToString(sum[:]))
}

// get gives a note, or false. One that cannot be read counts as none: it is written again.
func (n notes) get(key string) (note, bool) {
	var out note
	data, err := os.ReadFile(n.path(key))
	if err != nil || json.Unmarshal(data, &out) != nil || len(out.Asset.SHA256) != hex.EncodedLen(sha256.Size) {
		return note{}, false
	}
	return out, true
}

func (n notes) put(key string, of note) error {
	of.Asset.Path = ""
	data, err := json.Marshal(of)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(n.dir, "new-")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), n.path(key))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// forget removes notes that were not written since a time.
func (n notes) forget(since time.Time) error {
	entries, err := os.ReadDir(n.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(since) {
			continue
		}
		if err := os.Remove(filepath.Join(n.dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
