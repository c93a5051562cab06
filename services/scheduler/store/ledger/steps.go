package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// step is how far a change that takes several transactions is.
type step struct {
	counted int
	after   store.LetterPlace
}

// inSteps does a counted change of a project in as many transactions as it takes, so that none is long. do does the
// next one and says whether there is more. The count is kept with the request id, in each step's own transaction: the
// same request again goes on with the count of the last step, or only gives the count back.
func (b *Book) inSteps(ctx context.Context, r store.Request, project string, now time.Time,
	do func(ctx context.Context, w *work, at step) (next step, more bool, err error),
) (int, error) {
	var at step
	for more := true; more; {
		var next step
		err := b.write(ctx, now, func(ctx context.Context, w *work) error {
			from := at
			earlier, err := w.requested(ctx, project, r)
			if err != nil {
				return err
			}
			if earlier != "" {
				if from.counted, more, err = parseCounted(earlier); err != nil || !more {
					next = from
					return err
				}
			}
			if next, more, err = do(ctx, w, from); err != nil {
				return err
			}
			w.remember(project, r, formatCounted(project, next.counted, more))
			return nil
		})
		if err != nil {
			return at.counted, err
		}
		at = next
	}
	return at.counted, nil
}

// Ends of what is kept of a request that counts.
const (
	countedSoFar = "more"
	countedAll   = "done"
)

// formatCounted is what is kept of a request that counts: `projects/p, 200 in all, more`.
func formatCounted(project string, n int, more bool) string {
	end := countedAll
	if more {
		end = countedSoFar
	}
	return fmt.Sprintf("%s, %d in all, %s", store.ProjectName(project), n, end)
}

func parseCounted(s string) (n int, more bool, err error) {
	parts := strings.Split(s, ", ")
	if len(parts) != 3 {
		return 0, false, fmt.Errorf("stored request %q: not a count", s)
	}
	n, err = strconv.Atoi(strings.TrimSuffix(parts[1], " in all"))
	return n, parts[2] == countedSoFar, err
}
