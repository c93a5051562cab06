// Package emulator speaks the wire protocol of the Google Sheets API from local CSV files, for demos and tests
// without a Google account. The real client works with it unchanged.
//
// It serves spreadsheets.get with field masks, values.get, values:batchGet, values:batchUpdate and the token
// endpoint for service accounts and refresh tokens, with Google's own quotas and error bodies. Of the grid data it has what a
// description of a tab can hold: hidden rows, links and chips. Each CSV file is a tab; it is read again when it
// changes. What is written stays in memory: a tab whose file changes on disk is again what its file says.
//
// Cells of a CSV file that look like numbers or TRUE and FALSE are typed, as an import into Sheets would do; times
// and dates stay text. Formulas are kept but not calculated: their value reads "#ERROR!".
package emulator

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config is what a command line sets.
type Config struct {
	ReadsPerMinute         int    `help:"Read requests a minute and account before the emulator answers 429; 0 is no limit." default:"0"`
	WritesPerMinute        int    `help:"Write requests a minute and account before the emulator answers 429; 0 is no limit." default:"0"`
	ProjectReadsPerMinute  int    `help:"Read requests a minute of all accounts before the emulator answers 429; 0 is no limit." default:"0"`
	ProjectWritesPerMinute int    `help:"Write requests a minute of all accounts before the emulator answers 429; 0 is no limit." default:"0"`
	SheetRequestsPerSecond int    `help:"Requests a second and spreadsheet before the emulator answers 429; 0 is no limit." default:"0"`
	Locale                 string `help:"Locale of the spreadsheets." default:"en_US"`
	TimeZone               string `help:"Time zone of the spreadsheets." default:"Etc/UTC"`
}

// Options say what an Emulator serves.
type Options struct {
	Config
	// Files gives each spreadsheet, by id, the CSV files that are its tabs. A tab is called as its file is, without
	// ".csv".
	Files map[string][]string
	// Spreadsheets are described in full.
	Spreadsheets []Spreadsheet
	// APIKeys are the keys that are valid. When there are none, any key is, and none is needed.
	APIKeys []string
	// Now tells the time; time.Now when nil.
	Now func() time.Time
}

// Spreadsheet is one document.
type Spreadsheet struct {
	ID               string
	Title            string // the id when empty
	Locale, TimeZone string // those of Config when empty
	Tabs             []Tab
	NamedRanges      map[string]string // name to A1 notation with the tab
	// Sharing says who may read or write, by account address or [Anyone]. When nil everybody may do both, with or
	// without credentials.
	Sharing map[string]Role
}

// Tab is one sheet of a document. It has a file or rows.
type Tab struct {
	Title      string // the file's name without ".csv" when empty
	ID         int64  // the gid; the tab's place, from 0, when zero
	File       string // a CSV file, UTF-8 with or without byte order mark
	Rows       [][]any
	Hidden     bool
	FrozenRows int
	Tables     map[string]string       // name to cells, the header's row first, for example "B3:F20"
	Types      map[string][]ColumnType // of a table's columns, from the left
	Merges     []string                // cells, for example "A1:C1"; only the first of them should have a value
	HiddenRows []int                   // hidden by a person, numbered from 1
	FilterRows []int                   // hidden by a filter
	Links      map[string]string       // cell to the link behind its text
	Chips      map[string][]string     // cell to the links of its smart chips
	GridRows   int                     // at least so many rows; 1000 when zero
	GridWidth  int                     // at least so many columns; 26 when zero
}

// ColumnType is what a table says of a column.
type ColumnType struct {
	Type    string   // as the API names it, for example "PERCENT" or "DROPDOWN"
	Choices []string // of a drop-down
}

// Role is what an account may do with a spreadsheet.
type Role int

// The roles.
const (
	Reader Role = iota + 1
	Writer
)

// Anyone in Sharing stands for everybody who has the link.
const Anyone = "anyone"

// Emulator is an http.Handler. It is safe for concurrent use.
type Emulator struct {
	cfg   Config
	keys  []string
	clock func() time.Time

	mu       sync.Mutex
	books    map[string]*book
	accounts map[string]*serviceAccount
	people   map[string]person // by refresh token
	quotas   map[Quota]int
	tokens   map[string]grant
	windows  map[window]int
	minute   time.Time
	faults   []Fault
	requests []Request
}

// New makes an Emulator and reads all files once.
func New(options Options) (*Emulator, error) {
	e := &Emulator{
		cfg: options.Config, keys: slices.Clone(options.APIKeys), clock: options.Now,
		books: map[string]*book{}, accounts: map[string]*serviceAccount{}, tokens: map[string]grant{}, windows: map[window]int{},
		people: map[string]person{}, quotas: options.quotas(),
	}
	if e.clock == nil {
		e.clock = time.Now
	}
	all := slices.Clone(options.Spreadsheets)
	for _, id := range slices.Sorted(maps.Keys(options.Files)) {
		s := Spreadsheet{ID: id}
		for _, file := range options.Files[id] {
			s.Tabs = append(s.Tabs, Tab{File: file})
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("emulator: no spreadsheets to serve")
	}
	for _, s := range all {
		s.Title = orDefault(s.Title, s.ID)
		s.Locale = orDefault(s.Locale, orDefault(e.cfg.Locale, "en_US"))
		s.TimeZone = orDefault(s.TimeZone, orDefault(e.cfg.TimeZone, "Etc/UTC"))
		b, err := newBook(s, e.clock())
		if err != nil {
			return nil, fmt.Errorf("emulator: spreadsheet %q: %w", s.ID, err)
		}
		if e.books[s.ID] != nil {
			return nil, fmt.Errorf("emulator: spreadsheet %q: described twice", s.ID)
		}
		e.books[s.ID] = b
	}
	return e, nil
}

// Edit changes a tab's rows as a person would in the browser: sort, insert, delete. Strings stay text.
func (e *Emulator) Edit(spreadsheet, title string, change func(rows [][]any) [][]any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, err := e.tab(spreadsheet, title)
	if err != nil {
		return err
	}
	if err := t.fill(change(t.values())); err != nil {
		return err
	}
	e.books[spreadsheet].edited(e.clock())
	return nil
}

// Values gives a tab's rows: nil, string, float64 or bool each.
func (e *Emulator) Values(spreadsheet, title string) ([][]any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, err := e.tab(spreadsheet, title)
	if err != nil {
		return nil, err
	}
	return t.values(), nil
}

func (e *Emulator) tab(spreadsheet, title string) (*tab, error) {
	b := e.books[spreadsheet]
	if b == nil {
		return nil, fmt.Errorf("emulator: no spreadsheet %q", spreadsheet)
	}
	if err := b.refresh(e.clock()); err != nil {
		return nil, fmt.Errorf("emulator: spreadsheet %q: %w", spreadsheet, err)
	}
	if t := b.tabByTitle(title); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("emulator: spreadsheet %q: no tab %q", spreadsheet, title)
}

func titleOf(file string) string {
	name := filepath.Base(file)
	if ext := filepath.Ext(name); strings.EqualFold(ext, ".csv") {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

func orDefault(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}
