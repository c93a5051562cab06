package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Options say how a header is to be read. The zero value finds everything out.
type Options struct {
	// Format restricts the fields.
	Format Format
	// Custom says what columns feed, for FormatCustom: a header or a column letter, to a field or `var:` and a
	// name. A header goes before a letter of the same name.
	Custom map[string]string
	// HeaderRow is the number of the header in the sheet, from 1; 0 looks for it.
	HeaderRow int
}

// OptionsError says which option does not fit the sheet.
type OptionsError struct {
	// Option is the name of the option: format, custom or header_row.
	Option string
	// Description says in plain words what is wrong and what to do.
	Description string
}

func (e *OptionsError) Error() string { return e.Option + ": " + e.Description }

// Map finds the header as the options say. Its errors are a [*NoHeaderError] and an [*OptionsError].
func (c *Catalog) Map(t *source.Table, o Options) (*Header, error) {
	switch o.Format {
	case FormatDetect, FormatMinimal, FormatStandard, FormatComprehensive, FormatCustom:
	default:
		return nil, &OptionsError{"format", fmt.Sprintf("%q is not known; take minimal, standard, comprehensive or custom, or leave it out", string(o.Format))}
	}
	if (o.Format == FormatCustom) != (len(o.Custom) > 0) {
		return nil, &OptionsError{"custom", "the format custom needs columns of your own, and only it takes them"}
	}
	h, err := c.locate(t, o)
	if err != nil {
		return nil, err
	}
	switch o.Format {
	case FormatDetect:
	case FormatCustom:
		return h, c.customise(h, o.Custom)
	default:
		c.restrict(h, o.Format)
	}
	return h, nil
}

// locate finds the row of the header.
func (c *Catalog) locate(t *source.Table, o Options) (*Header, error) {
	if o.HeaderRow != 0 {
		index := o.HeaderRow - t.FirstRow
		var h *Header
		if index >= 0 && index < len(t.Rows) {
			h = c.look(t, index, false)
		}
		if h == nil {
			return nil, &OptionsError{"header_row", fmt.Sprintf("row %d is empty or was not read; name the row with the column names", o.HeaderRow)}
		}
		return c.finish(t, h), nil
	}
	if o.Format == FormatCustom {
		if h := c.named(t, o.Custom); h != nil {
			return h, nil
		}
	}
	return c.Detect(t)
}

// named gives the first of ten rows that has all the columns which are named, at least one of them by its header.
func (c *Catalog) named(t *source.Table, custom map[string]string) *Header {
	for i := range min(len(t.Rows), searchRows) {
		h := c.look(t, i, false)
		if h == nil {
			continue
		}
		headers, found := 0, 0
		for name := range custom {
			if _, ok := h.byHeader(name); ok {
				headers++
			}
			if _, ok := h.find(name); ok {
				found++
			}
		}
		if headers > 0 && found == len(custom) {
			return h
		}
	}
	return nil
}

// customise gives the columns their targets, and takes those of all others.
func (c *Catalog) customise(h *Header, custom map[string]string) error {
	for i := range h.Columns {
		h.Columns[i].Field, h.Columns[i].Variable, h.Columns[i].Suggestion, h.Columns[i].RepeatOf = "", "", "", ""
	}
	owners := map[string]string{}
	used := map[int]string{}
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		i, ok := h.find(name)
		if !ok {
			return &OptionsError{"custom", fmt.Sprintf("row %d has no column %q; it has %s", h.Row, name, h.list())}
		}
		column := &h.Columns[i]
		if other, taken := used[i]; taken {
			return &OptionsError{"custom", fmt.Sprintf("%q and %q are the same column %s; name it once", other, name, column.Letter)}
		}
		used[i] = name
		target := strings.TrimSpace(custom[name])
		if v, ok := variable(target); ok {
			column.Variable = v
		} else if field, ok := c.exact(target); ok {
			column.Field = field
		} else {
			return &OptionsError{"custom", fmt.Sprintf("%q is no field for column %q; take a field such as title or script, or var: and a name", target, name)}
		}
		if owner, taken := owners[column.Target()]; taken {
			return &OptionsError{"custom", fmt.Sprintf("columns %s and %s both feed %s; choose one", owner, column.Letter, target)}
		}
		owners[column.Target()] = column.Letter
	}
	h.Format = FormatCustom
	return nil
}

// exact gives the field of this very name.
func (c *Catalog) exact(name string) (Field, bool) {
	field := Field(strings.ReplaceAll(clean.Key(name), " ", "_"))
	if n, ok := field.Scene(); ok && n >= 1 && n <= mostScenes {
		return SceneField(n), true
	}
	if _, _, ok := field.SceneAsset(); ok {
		return field, true
	}
	return field, slices.Contains(Fields(), field)
}

// find gives a column by its header, else by its letter.
func (h *Header) find(name string) (int, bool) {
	if i, ok := h.byHeader(name); ok {
		return i, true
	}
	i := slices.IndexFunc(h.Columns, func(c Column) bool { return strings.EqualFold(c.Letter, strings.TrimSpace(name)) })
	return i, i >= 0
}

// Find gives a column by its header, else by its letter.
func (h *Header) Find(name string) (Column, bool) {
	if i, ok := h.find(name); ok {
		return h.Columns[i], true
	}
	return Column{}, false
}

// byHeader gives the first column with a header.
func (h *Header) byHeader(name string) (int, bool) {
	key := compact(name)
	i := slices.IndexFunc(h.Columns, func(c Column) bool { return key != "" && compact(c.Header) == key })
	return i, i >= 0
}

// list names the first columns for people.
func (h *Header) list() string {
	const most = 20
	var names []string
	for _, c := range h.Columns {
		if c.Header == "" {
			continue
		}
		if len(names) == most {
			names = append(names, "more")
			break
		}
		names = append(names, fmt.Sprintf("%s %q", c.Letter, c.Header))
	}
	return strings.Join(names, ", ")
}
