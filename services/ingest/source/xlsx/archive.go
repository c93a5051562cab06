package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	maxParts     = 5_000
	maxPart      = 16 << 20  // of a part that is held, uncompressed
	maxTextsPart = 128 << 20 // of the shared texts
	maxSheetPart = 1 << 30   // of a sheet, which is not held
	maxToken     = 1 << 20   // between two tags
)

// archive is the parts of a workbook by their path, in lower case: some programs do not keep to one.
type archive map[string]*zip.File

func openArchive(file io.ReaderAt, size int64) (archive, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &brokenError{"it is no complete archive"}
	}
	if len(z.File) > maxParts {
		return nil, refuse(fmt.Sprintf("the workbook has more than %d parts", maxParts))
	}
	a := archive{}
	for _, f := range z.File {
		a[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	return a, nil
}

func (a archive) has(name string) bool { return a[strings.ToLower(name)] != nil }

// open opens a part, which gives at most so many bytes.
func (a archive) open(name string, most int64) (io.ReadCloser, error) {
	f := a[strings.ToLower(name)]
	if f == nil {
		return nil, &brokenError{"the part " + name + " is missing"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, &brokenError{"the part " + name + " cannot be opened"}
	}
	return &bounded{ReadCloser: r, name: name, left: most}, nil
}

// decode reads a small part into a structure.
func (a archive) decode(name string, into any) error {
	r, err := a.open(name, maxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	return inWords(name, xml.NewDecoder(r).Decode(into))
}

// inWords makes errors of reading those of this package.
func inWords(name string, err error) error {
	var broken *brokenError
	if err == nil || errors.As(err, &broken) || errs.ReasonOf(err) != errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
		return err
	}
	return &brokenError{"the part " + name + " cannot be read"}
}

// bounded ends with an error when a part, or what stands between two tags, is too long. So a decoder of XML can hold
// no more than that.
type bounded struct {
	io.ReadCloser
	name  string
	left  int64
	token int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &brokenError{"the part " + b.name + " is too large"}
	}
	for _, c := range p[:n] {
		if c == '<' {
			b.token = 0
		} else if b.token++; b.token > maxToken {
			return 0, &brokenError{"a text in the part " + b.name + " is too long"}
		}
	}
	return n, err
}

type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
	Raw    string `xml:"-"` // the target as it is written, for one that is no part
}

// relationships lists what a part refers to, with full paths.
func (a archive) relationships(part string) ([]relationship, error) {
	name := path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	if !a.has(name) {
		return nil, nil
	}
	var all struct {
		Items []relationship `xml:"Relationship"`
	}
	if err := a.decode(name, &all); err != nil {
		return nil, err
	}
	for i, r := range all.Items {
		all.Items[i].Raw = r.Target
		if strings.HasPrefix(r.Target, "/") {
			all.Items[i].Target = strings.TrimPrefix(path.Clean(r.Target), "/")
		} else {
			all.Items[i].Target = path.Join(path.Dir(part), r.Target)
		}
	}
	return all.Items, nil
}

func (r relationship) is(kind string) bool { return strings.HasSuffix(r.Type, "/"+kind) }
