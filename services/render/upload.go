package render

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/format"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

const (
	uploadTimeout  = 5 * time.Minute
	discardTimeout = 10 * time.Second
)

// upload puts an attempt's files into the blob store, into a folder of its own.
type upload struct {
	bucket    *blob.Bucket
	folder    string
	artifacts []*schedulerv1.Artifact
}

// all uploads what a render made, and last the manifest that lists it.
func (u *upload) all(ctx context.Context, dir string, r *provider.Result, m *renderv1.Manifest, start time.Time) error {
	for _, f := range filesOf(r) {
		if err := u.file(ctx, dir, f); err != nil {
			return fmt.Errorf("upload %s: %w", f.Name, err)
		}
	}
	for _, a := range u.artifacts {
		m.Files = append(m.Files, &renderv1.ManifestFile{
			FileName: a.GetFileName(), ContentType: a.GetContentType(), SizeBytes: a.GetSizeBytes(), Sha256: a.GetSha256(),
		})
	}
	for _, f := range m.GetFiles() {
		m.Receipt.SizeBytes += f.GetSizeBytes()
	}
	m.StartTime = timestamppb.New(start)
	m.RenderDuration = durationpb.New(time.Since(start))
	data, err := readable(m)
	if err == nil {
		err = u.put(ctx, bytes.NewReader(data), "manifest.json", "application/json")
	}
	if err != nil {
		return fmt.Errorf("upload manifest.json: %w", err)
	}
	return nil
}

// filesOf are the files of a result, the video first.
func filesOf(r *provider.Result) []provider.File {
	files := []provider.File{{Name: "video" + filepath.Ext(r.Video), Path: r.Video, ContentType: format.ContentType(r.Video)}}
	for _, f := range []provider.File{
		{Name: "poster.jpg", Path: r.Poster}, {Name: "captions.srt", Path: r.SRT}, {Name: "captions.vtt", Path: r.VTT},
	} {
		if f.Path != "" {
			f.ContentType = format.ContentType(f.Name)
			files = append(files, f)
		}
	}
	return append(files, r.Extra...)
}

// file uploads a file that lies in dir, and nothing from elsewhere.
func (u *upload) file(ctx context.Context, dir string, f provider.File) error {
	if f.ContentType == "" {
		return errors.New("the provider made a file of an unknown kind")
	}
	relative, err := filepath.Rel(dir, f.Path)
	if err != nil || !filepath.IsLocal(relative) {
		return errors.New("the provider named a file outside its folder")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	content, err := root.Open(relative)
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return errors.New("the provider made no such file, or an empty one")
	}
	return u.put(ctx, content, f.Name, f.ContentType)
}

// put writes a blob and notes its size and digest.
func (u *upload) put(ctx context.Context, content io.Reader, name, contentType string) error {
	key := u.folder + "/" + name
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := u.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: contentType})
	if err != nil {
		return err
	}
	digest := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, digest), content)
	if err != nil {
		cancel() // so that Close leaves nothing behind
		return errors.Join(err, ignoreCancelled(w.Close()))
	}
	if err := w.Close(); err != nil {
		return err
	}
	u.artifacts = append(u.artifacts, &schedulerv1.Artifact{
		FileName: name, ContentType: contentType, SizeBytes: size, Sha256: hex.EncodeToString(digest.Sum(nil)), BlobKey: key,
	})
	return nil
}

func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) || gcerrors.Code(err) == gcerrors.Canceled {
		return nil
	}
	return err
}

// discard deletes what was uploaded. It works on when ctx has ended, for a while.
func (u *upload) discard(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTimeout)
	defer cancel()
	var all error
	for _, a := range u.artifacts {
		if err := u.bucket.Delete(ctx, a.GetBlobKey()); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			all = errors.Join(all, err)
		}
	}
	return all
}

// readable is a message as indented JSON. json.Indent, because protojson varies its own spacing on purpose.
func readable(m *renderv1.Manifest) ([]byte, error) {
	data, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// versions adds this program's own to a provider's.
func versions(of map[string]string) map[string]string {
	out := map[string]string{"sheetreel": "devel"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		out["sheetreel"] = info.Main.Version
	}
	for name, version := range of {
		out[name] = version
	}
	return out
}
