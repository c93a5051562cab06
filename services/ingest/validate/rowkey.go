package validate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// keys remembers what identifies the rows of one sheet.
type keys struct {
	rows     map[string]int // row key to row number
	contents map[string]int // content hash to the number of the first valid row
}

func newKeys() *keys { return &keys{rows: map[string]int{}, contents: map[string]int{}} }

// identify gives the idea its row key: the id column, else the hash of title and script. Rows with the same
// content are told apart by how often it came before, so that sorting the sheet gives the same set of keys.
func (r *reader) identify(idea *ingestv1.Idea, hash string, k *keys) {
	if id := r.line(mapping.ID); id != "" {
		r.id = id
		if first, taken := k.rows[id]; taken {
			r.note(mapping.ID, "id.duplicate", failure, fmt.Sprintf("Row %d already has the id %s.", first, quote(id)), "Give each row an id of its own, or leave it empty.")
			return
		}
		idea.RowKey = id
	} else if !r.failed {
		idea.RowKey = hash
		for n := 2; k.rows[idea.RowKey] != 0; n++ {
			idea.RowKey = fmt.Sprintf("%s~%d", hash, n)
		}
	} else {
		return // a row that is left out needs no key
	}
	k.rows[idea.RowKey] = r.number()
}

// content gives the number of the first valid row with the same content, or 0 when row is the first.
func (k *keys) content(hash string, row int) int {
	first, seen := k.contents[hash]
	if !seen {
		k.contents[hash] = row
	}
	return first
}

// contentHash is the same for ideas that say the same: upper case, white space and width of letters do not count.
func contentHash(idea *ingestv1.Idea) string {
	spoken := idea.GetScript()
	if spoken == "" {
		spoken = idea.GetDescription()
	}
	sum := sha256.Sum256([]byte(folded(idea.GetTitle()) + "\x00" + folded(spoken)))
	return "content-" + hex.EncodeToString(sum[:16])
}

func folded(s string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(s))), " ")
}
