package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	// maxListed is how many findings of an import are kept. A report names the first thousand itself.
	maxListed = 100_000
	// pieceFindings is how many findings a piece of their file has.
	pieceFindings = 1000
	maxPieces     = maxListed / pieceFindings
	// findingsTimeout bounds writing the file.
	findingsTimeout = time.Minute
)

// findingList packs the findings of an import as they come: the last piece apart, in memory as long as the import runs.
//
// Their file has the number of pieces, the length of each (four bytes, big endian), and then the pieces: a
// ListImportFindingsResponse each, compressed. So a page needs two of them and not the file.
type findingList struct {
	pieces [][]byte
	last   ingestv1.ListImportFindingsResponse
	count  int
	err    error
}

// add takes the next finding.
func (l *findingList) add(f *ingestv1.Finding) {
	if l.count == maxListed {
		return
	}
	l.count++
	l.last.ImportFindings = append(l.last.ImportFindings, f)
	if len(l.last.ImportFindings) == pieceFindings {
		l.pack()
	}
}

func (l *findingList) pack() {
	text, err := proto.Marshal(&l.last)
	l.last.ImportFindings = nil
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, writeErr := zip.Write(text)
	l.err = errors.Join(l.err, err, writeErr, zip.Close())
	l.pieces = append(l.pieces, packed.Bytes())
}

// write stores all findings under a key.
func (l *findingList) write(ctx context.Context, bucket *blob.Bucket, key string) error {
	if len(l.last.ImportFindings) > 0 {
		l.pack()
	}
	if l.err != nil {
		return l.err
	}
	file := binary.BigEndian.AppendUint32(nil, uint32(len(l.pieces)))
	for _, piece := range l.pieces {
		file = binary.BigEndian.AppendUint32(file, uint32(len(piece)))
	}
	file = append(file, bytes.Join(l.pieces, nil)...)
	ctx, cancel := context.WithTimeout(ctx, findingsTimeout)
	defer cancel()
	return bucket.WriteAll(ctx, key, file, &blob.WriterOptions{ContentType: "application/octet-stream"})
}

// keepFindings stores what a report has no room for, and says so in it. When that cannot be done, the report says that
// only its own findings are known: no import fails for it.
func (i *importer) keepFindings(ctx context.Context, job *schedulerv1.BulkJob, token string, found *reading) {
	report := found.report
	report.ListedFindingCount = int32(len(report.GetFindings()))
	if found.findings == nil || found.findings.count <= validate.MaxFindings || i.files == nil {
		return
	}
	key := findingsKey(job.GetName(), token)
	if err := found.findings.write(ctx, i.files, key); err != nil {
		i.log.WarnContext(ctx, "the findings beyond the first thousand are not kept", "bulk_job", job.GetName(), "error", err)
		return
	}
	report.FindingsBlobKey, report.ListedFindingCount = key, int32(found.findings.count)
}

// findingsKey is where an import keeps its findings: no other import writes there. The lease is hashed because it is a
// secret.
func findingsKey(bulkJob, token string) string {
	sum := sha256.Sum256([]byte(token))
	return bulkJob + "/importFindings/" + hex.EncodeToString(sum[:16])
}

// readFindings gives up to most findings from one on, counted from 0.
func readFindings(ctx context.Context, bucket *blob.Bucket, key string, from, most int) ([]*ingestv1.Finding, error) {
	head, err := readRange(ctx, bucket, key, 0, 4*(1+maxPieces))
	if err != nil {
		return nil, err
	}
	lengths, err := lengthsOf(head)
	if err != nil {
		return nil, fmt.Errorf("findings %s: %w", key, err)
	}
	var found []*ingestv1.Finding
	offset := int64(4 * (1 + len(lengths)))
	for number, length := range lengths {
		if first := number * pieceFindings; first+pieceFindings > from && len(found) < most {
			packed, err := readRange(ctx, bucket, key, offset, int64(length))
			if err != nil {
				return nil, err
			}
			piece, err := unpack(packed)
			if err != nil {
				return nil, fmt.Errorf("findings %s: piece %d: %w", key, number, err)
			}
			piece = piece[min(max(from-first, 0), len(piece)):]
			found = append(found, piece[:min(len(piece), most-len(found))]...)
		}
		offset += int64(length)
	}
	return found, nil
}

// lengthsOf reads the beginning of a file.
func lengthsOf(head []byte) ([]uint32, error) {
	if len(head) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	count := binary.BigEndian.Uint32(head)
	if count > maxPieces || len(head) < int(4*(1+count)) {
		return nil, fmt.Errorf("%d pieces are not in it", count)
	}
	lengths := make([]uint32, count)
	for i := range lengths {
		lengths[i] = binary.BigEndian.Uint32(head[4*(i+1):])
	}
	return lengths, nil
}

// maxUnpacked bounds what a piece can become: a finding holds a few texts of a sheet's cells, all shortened.
const maxUnpacked = 64 << 20

func unpack(packed []byte) ([]*ingestv1.Finding, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(zip, maxUnpacked))
	if err != nil {
		return nil, err
	}
	piece := &ingestv1.ListImportFindingsResponse{}
	if err := proto.Unmarshal(text, piece); err != nil {
		return nil, err
	}
	return piece.GetImportFindings(), nil
}

func readRange(ctx context.Context, bucket *blob.Bucket, key string, offset, length int64) (data []byte, err error) {
	r, err := bucket.NewRangeReader(ctx, key, offset, length, nil)
	if err != nil {
		return nil, fmt.Errorf("findings %s: %w", key, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}
