// Package blobstore opens the store that holds the files of finished videos. Whoever writes them and whoever serves
// them opens it by the same value.
package blobstore

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
)

// Open opens a store: a folder's path, or its file:// URL. The folder is made if it is missing. Files are written
// aside and renamed, so that a reader sees a whole file or none; they lie there under their key and nothing else.
// The caller closes the bucket.
func Open(_ context.Context, value string) (*blob.Bucket, error) {
	folder := value
	if scheme, _, ok := strings.Cut(value, "://"); ok {
		location, err := url.Parse(value)
		switch {
		case scheme != "file":
			return nil, fmt.Errorf("blob store %q: only a folder or a file:// URL is possible, not %s://", value, scheme)
		case err != nil:
			return nil, fmt.Errorf("blob store %q: %w", value, err)
		case location.Host != "":
			return nil, fmt.Errorf("blob store %q: a file:// URL has three slashes before the path", value)
		}
		folder = location.Path
	}
	if folder == "" {
		return nil, fmt.Errorf("blob store %q: a folder is required", value)
	}
	bucket, err := fileblob.OpenBucket(filepath.FromSlash(folder), &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o750,
		NoTempDir:   true, // a rename works only on the same disk
		Metadata:    fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("blob store %q: %w", value, err)
	}
	return bucket, nil
}
