package xlsx

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// workbook is what a workbook says of itself.
type workbook struct {
	parts     archive
	tabs      []tab
	names     []definedName
	since1904 bool
	texts     string // path of the shared texts; may be empty
	styles    string // path of the styles; may be empty
}

type tab struct {
	name, path string
	hidden     bool
}

type definedName struct {
	Name string `xml:"name,attr"`
	Text string `xml:",chardata"`
}

// workbook reads the list of tabs and names.
func (a archive) workbook() (*workbook, error) {
	main := "xl/workbook.xml"
	roots, err := a.relationships("")
	if err != nil {
		return nil, err
	}
	for _, r := range roots {
		if r.is("officeDocument") {
			main = r.Target
		}
	}
	if !a.has(main) {
		return nil, refuse("the file is an archive, but no Excel workbook (.xlsx)")
	}
	var file struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
		Names []definedName `xml:"definedNames>definedName"`
	}
	if err := a.decode(main, &file); err != nil {
		return nil, err
	}
	relations, err := a.relationships(main)
	if err != nil {
		return nil, err
	}
	book := &workbook{parts: a, names: file.Names, since1904: truth(file.Properties.Date1904)}
	worksheets := map[string]string{}
	for _, r := range relations {
		switch {
		case r.is("worksheet"):
			worksheets[r.ID] = r.Target
		case r.is("sharedStrings"):
			book.texts = r.Target
		case r.is("styles"):
			book.styles = r.Target
		}
	}
	for _, s := range file.Sheets {
		if p := worksheets[s.ID]; p != "" { // others are charts
			book.tabs = append(book.tabs, tab{name: s.Name, path: p, hidden: s.State != "" && s.State != "visible"})
		}
	}
	return book, nil
}

// selection is an area of a tab.
type selection struct {
	tab  tab
	area a1.Area
}

func (s selection) String() string { return a1.Reference{Tab: s.tab.name, Area: s.area}.String() }

// choose finds what a text means: a tab's title first, for a person who has a tab "Q4" means it, then a defined name, a
// table, and A1 notation.
func (b *workbook) choose(text string) (selection, error) {
	if text == "" {
		return b.standard(a1.Whole())
	}
	if t, ok := b.tab(text); ok {
		return selection{t, a1.Whole()}, nil
	}
	for _, n := range b.names {
		if strings.EqualFold(n.Name, text) {
			return b.at(strings.TrimPrefix(strings.TrimSpace(n.Text), "="), text)
		}
	}
	for _, t := range b.tabs {
		if ref, err := b.table(t, text); ref != "" || err != nil {
			if err != nil {
				return selection{}, err
			}
			return b.at(a1.Quote(t.name)+"!"+ref, text)
		}
	}
	return b.at(text, text)
}

// at reads A1 notation. shown is what the caller wrote.
func (b *workbook) at(reference, shown string) (selection, error) {
	ref, err := a1.Parse(reference)
	switch {
	case err != nil || ref.Name != "":
		return selection{}, b.wrongRange(shown, "is neither a tab, a name, a table nor a range such as A1:M100")
	case ref.Tab == "":
		return b.standard(ref.Area)
	}
	t, ok := b.tab(ref.Tab)
	if !ok {
		return selection{}, b.wrongRange(shown, fmt.Sprintf("names the tab %q, which does not exist", ref.Tab))
	}
	return selection{t, ref.Area}, nil
}

// standard is an area of the first tab that people see.
func (b *workbook) standard(area a1.Area) (selection, error) {
	for _, t := range b.tabs {
		if !t.hidden {
			return selection{t, area}, nil
		}
	}
	return selection{}, refuse("the workbook has no visible tab with cells")
}

func (b *workbook) tab(title string) (tab, bool) {
	for _, t := range b.tabs {
		if strings.EqualFold(t.name, title) {
			return t, true
		}
	}
	return tab{}, false
}

// table gives the cells of a tab's table of that name, or "".
func (b *workbook) table(t tab, name string) (string, error) {
	relations, err := b.parts.relationships(t.path)
	if err != nil {
		return "", err
	}
	for _, r := range relations {
		if !r.is("table") {
			continue
		}
		var table struct {
			Name    string `xml:"name,attr"`
			Display string `xml:"displayName,attr"`
			Ref     string `xml:"ref,attr"`
		}
		if err := b.parts.decode(r.Target, &table); err != nil {
			return "", err
		}
		if strings.EqualFold(table.Name, name) || strings.EqualFold(table.Display, name) {
			return table.Ref, nil
		}
	}
	return "", nil
}

// wrongRange says what is wrong with a range, and which tabs there are.
func (b *workbook) wrongRange(text, problem string) error {
	const most = 20
	var titles []string
	for _, t := range b.tabs[:min(len(b.tabs), most)] {
		titles = append(titles, t.name)
	}
	list := strings.Join(titles, ", ")
	if more := len(b.tabs) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_SHEET_RANGE_INVALID,
		fmt.Sprintf("range %q %s; the tabs are %s", text, problem, list), "range", text, "tabs", list)
}

func truth(s string) bool { return s == "1" || s == "true" }
