// Package blobstore opens the store that holds finished files.
//
// A value is a folder's path or a URL: `file:///var/lib/sheetreel/blobs`, or `mem://` for a store that lives as
// long as the process. In a folder every blob is one plain file with the blob's name and no file beside it; a blob
// appears under its name only when it is whole, because it is written beside its place and then renamed.
package blobstore

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
)

// Open opens the bucket of a configuration value. A folder is made if it is missing. The caller closes the bucket.
func Open(value string) (*blob.Bucket, error) {
	dir := value
	if strings.Contains(value, "://") {
		u, err := url.Parse(value)
		if err != nil {
			return nil, fmt.Errorf("blob store: %w", err)
		}
		switch {
		case u.Scheme == "mem":
			return memblob.OpenBucket(nil), nil
		case u.Scheme != "file":
			return nil, fmt.Errorf("blob store %s: scheme %q is not supported; use a folder, file:// or mem://", u.Redacted(), u.Scheme)
		case u.Host != "" && u.Host != "localhost":
			return nil, fmt.Errorf("blob store %s: a file URL has no host; write three slashes, file:///folder", u.Redacted())
		}
		dir = u.Path
	}
	if dir == "" {
		return nil, errors.New("blob store: no folder or URL is given")
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("blob store %s: %w", dir, err)
	}
	bucket, err := fileblob.OpenBucket(absolute, &fileblob.Options{
		CreateDir: true,
		NoTempDir: true, // a rename is atomic only on one disk
		Metadata:  fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("blob store %s: %w", dir, err)
	}
	return bucket, nil
}
