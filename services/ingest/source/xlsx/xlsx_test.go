package xlsx_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/xlsx"
)

const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// workbook is one with three tabs, a name, a table and shared texts. Parts given replace its own.
func workbook(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	all := map[string]string{
		"_rels/.rels": head + `<Relationships><Relationship Id="rId1" Type="` + kind + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": head + `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr/><sheets>
			<sheet name="Secret" sheetId="1" state="hidden" r:id="rId1"/><sheet name="Ideas" sheetId="2" r:id="rId2"/><sheet name="Q4" sheetId="3" r:id="rId3"/></sheets>
			<definedNames><definedName name="Best">Ideas!$A$1:$B$2</definedName></definedNames></workbook>`,
		"xl/_rels/workbook.xml.rels": head + `<Relationships>
			<Relationship Id="rId1" Type="` + kind + `worksheet" Target="worksheets/sheet1.xml"/>
			<Relationship Id="rId2" Type="` + kind + `worksheet" Target="/xl/worksheets/sheet2.xml"/>
			<Relationship Id="rId3" Type="` + kind + `worksheet" Target="worksheets/sheet3.xml"/>
			<Relationship Id="rId4" Type="` + kind + `sharedStrings" Target="sharedStrings.xml"/>
			<Relationship Id="rId5" Type="` + kind + `styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml": head + `<sst><si><t>Title</t></si><si><r><t>Scr</t></r><r><t xml:space="preserve">ipt </t></r><rPh sb="0" eb="1"><t>spoken</t></rPh></si><si><t>line_x000D_end &amp; _x</t></si><si><t/></si></sst>`,
		"xl/styles.xml": head + `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[Red]&quot;day&quot; hh:mm"/><numFmt numFmtId="165" formatCode="yyyy\-mm"/></numFmts>
			<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": sheet(`<row r="1"><c r="A1"><v>1</v></c></row>`),
		"xl/worksheets/sheet2.xml": head + `<worksheet><sheetViews><sheetView><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>
			<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
			<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><t>in</t><t>line</t></is></c><c r="C3" s="1"><v>45123.5</v></c></row>
			<row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4" t="b"><v>1</v></c><c r="C4"><f>1/8</f><v>0.125</v></c><c r="D4" t="e"><v>#DIV/0!</v></c><c r="E4" t="str"><f>A1</f><v>007</v></c><c r="F4" t="d"><v>2023-07-16T12:00:00</v></c></row>
			<row r="9"><c r="A9" s="2"/><c r="B9" t="s"><v>3</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet3.xml":            sheet(`<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>`),
		"xl/worksheets/_rels/sheet3.xml.rels": head + `<Relationships><Relationship Id="rId1" Type="` + kind + `table" Target="../tables/table1.xml"/></Relationships>`,
		"xl/tables/table1.xml":                head + `<table name="Table1" displayName="Plan" ref="A2:B2"/>`,
	}
	for name, text := range parts {
		all[name] = text
	}
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, name := range slices.Sorted(maps.Keys(all)) { // the same file each time
		text := all[name]
		if text == "" {
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func sheet(rows string) string {
	return head + `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`
}

func read(ctx context.Context, o *xlsx.Opener, file []byte, options xlsx.Options) (*source.Table, error) {
	rows, err := o.Open(ctx, bytes.NewReader(file), int64(len(file)), options)
	if err != nil {
		return nil, err
	}
	return source.ReadAll(ctx, rows)
}

func show(table *source.Table) []string {
	var lines []string
	for i, row := range table.Rows {
		line := fmt.Sprint(table.FirstRow+i, ":")
		for _, cell := range row {
			line += fmt.Sprintf(" %s(%d)", strings.ReplaceAll(cell.String(), "\r", "CR"), cell.Kind())
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTypes(t *testing.T) {
	table, err := read(t.Context(), xlsx.New(), workbook(t, nil), xlsx.Options{Name: "a.xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1: Title(1) Script (1) (0) (0) (0) (0)",
		"2: (0) (0) (0) (0) (0) (0)",
		"3: inline(1) (0) 2023-07-16 12:00(2) (0) (0) (0)",
		"4: lineCRend & _x(1) TRUE(3) 0.125(2) #DIV/0!(4) 007(1) 2023-07-16 12:00(2)",
	}
	if diff := cmp.Diff(want, show(table)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if table.Tab != "Ideas" || table.FrozenRows != 1 || table.Title != "a.xlsx" {
		t.Errorf("tab %q, %d frozen rows, title %q", table.Tab, table.FrozenRows, table.Title)
	}
}

func TestHiddenRowsCountAsEmpty(t *testing.T) {
	table, err := read(t.Context(), xlsx.New(), workbook(t, nil), xlsx.Options{SkipHidden: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := show(table); len(got) != 4 || got[2] != "3: (0) (0) (0) (0) (0) (0)" {
		t.Errorf("rows %q", got)
	}
}

func TestMergedCellsAreFilledByChoice(t *testing.T) {
	file := workbook(t, map[string]string{"xl/worksheets/sheet2.xml": head + `<worksheet><sheetData>
		<row r="1"><c r="A1" t="str"><v>Title</v></c><c r="B1" t="str"><v>Style</v></c><c r="C1" t="str"><v>Note</v></c></row>
		<row r="2" hidden="1"><c r="A2" t="str"><v>One</v></c><c r="B2" t="str"><v>bold</v></c></row>
		<row r="3"><c r="A3" t="str"><v>Two</v></c><c r="B3"/></row>
		<row r="5"><c r="A5" t="str"><v>wide</v></c></row></sheetData>
		<mergeCells><mergeCell ref="B2:B4"/><mergeCell ref="A5:Z5"/><mergeCell ref="nonsense"/></mergeCells></worksheet>`})
	for name, c := range map[string]struct {
		options xlsx.Options
		want    []string
	}{
		"first cell":       {xlsx.Options{}, []string{"1: Title(1) Style(1) Note(1)", "2: One(1) bold(1) (0)", "3: Two(1) (0) (0)", "4: (0) (0) (0)", "5: wide(1) (0) (0)"}},
		"filled":           {xlsx.Options{FillMerged: true}, []string{"1: Title(1) Style(1) Note(1)", "2: One(1) bold(1) (0)", "3: Two(1) bold(1) (0)", "4: (0) bold(1) (0)", "5: wide(1) wide(1) wide(1)"}},
		"hidden left out":  {xlsx.Options{FillMerged: true, SkipHidden: true}, []string{"1: Title(1) Style(1) Note(1)", "2: (0) (0) (0)", "3: Two(1) bold(1) (0)", "4: (0) bold(1) (0)", "5: wide(1) wide(1) wide(1)"}},
		"part of the area": {xlsx.Options{FillMerged: true, Range: "A2:B3"}, []string{"2: One(1) bold(1)", "3: Two(1) bold(1)"}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := read(t.Context(), xlsx.New(), file, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, show(table)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]int{2}, table.HiddenRows); diff != "" || table.WithoutThem != c.options.SkipHidden {
				t.Errorf("hidden rows, left out %v (-want +got):\n%s", table.WithoutThem, diff)
			}
		})
	}
}

func TestLinksAreToldBesideTheirTexts(t *testing.T) {
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
	file := workbook(t, map[string]string{
		"xl/worksheets/sheet2.xml": head + `<worksheet xmlns:r="x"><sheetData>
			<row r="1"><c r="A1" t="str"><v>Title</v></c><c r="B1" t="str"><v>Image</v></c></row>
			<row r="2"><c r="B2" t="str"><v>tea</v></c></row>
			<row r="4"><c r="B4" t="str"><f>HYPERLINK("https://a.example/made.png","pot")</f><v>pot</v></c></row>
			<row r="5"><c r="B5" t="str"><f>HYPERLINK(A1,"x")</f><v>x</v></c></row></sheetData>
			<hyperlinks><hyperlink ref="B2" r:id="rId7"/><hyperlink ref="B5" location="Q4!A1"/><hyperlink ref="A2" r:id="rId9"/></hyperlinks></worksheet>`,
		"xl/worksheets/_rels/sheet2.xml.rels": head + `<Relationships><Relationship Id="rId7" Type="` + kind + `" Target="https://a.example/tea.png" TargetMode="External"/></Relationships>`,
	})
	table, err := read(t.Context(), xlsx.New(), file, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]map[int]string{2: {1: "https://a.example/tea.png"}, 4: {1: "https://a.example/made.png"}}
	if diff := cmp.Diff(want, table.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if table, err = read(t.Context(), xlsx.New(), file, xlsx.Options{Range: "B2:B2"}); err != nil || table.Links[2][0] != "https://a.example/tea.png" {
		t.Errorf("of one column: %v, %v", table.Links, err)
	}
}

func TestFormsOfNumbers(t *testing.T) {
	var formats, styles, cells strings.Builder
	var want []string
	for i, c := range []struct{ code, want string }{
		{"General", "0.5"},
		{"Standard", "0.5"},
		{"0.00%", "50%"},
		{"0.00", "0.5"},
		{"h:mm", "12:00"},
		{"[h]:mm:ss", "12:00"},
		{"[Red]0.0", "0.5"},
		{"[$-409]h:mm AM/PM;@", "12:00"},
		{"&quot;day&quot; 0", "0.5"},
		{"0;[h]:mm", "0.5"},
		{"\\s0", "0.5"},
		{"yyyy\\-mm\\-dd hh:mm", "1899-12-30 12:00"},
		{"[$€-407]#,##0.00", "0.5"},
	} {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 200+i, c.code)
		fmt.Fprintf(&styles, `<xf numFmtId="%d"/>`, 200+i)
		fmt.Fprintf(&cells, `<c s="%d"><v>0.5</v></c>`, i)
		want = append(want, c.want)
	}
	file := workbook(t, map[string]string{
		"xl/styles.xml":            head + `<styleSheet><numFmts>` + formats.String() + `</numFmts><cellXfs>` + styles.String() + `</cellXfs></styleSheet>`,
		"xl/worksheets/sheet2.xml": sheet("<row>" + cells.String() + "</row>"),
	})
	table, err := read(t.Context(), xlsx.New(), file, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, cell := range table.Rows[0] {
		got = append(got, cell.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestDatesFrom1904(t *testing.T) {
	book := head + `<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="T" r:id="rId1"/></sheets></workbook>`
	file := workbook(t, map[string]string{
		"xl/workbook.xml":          book,
		"xl/worksheets/sheet1.xml": sheet(`<row><c s="1"><v>1</v></c><c s="2"><v>1</v></c><c s="3"><v>1</v></c><c><v>1</v></c></row>`),
	})
	table, err := read(t.Context(), xlsx.New(), file, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1: 1904-01-02(2) 24:00(2) 1904-01-02(2) 1(2)"}, show(table)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestRanges(t *testing.T) {
	file := workbook(t, nil)
	for text, want := range map[string][]string{
		"Q4":         {"1: 1(2) 2(2)", "2: 3(2) (0)"},
		"secret":     {"1: 1(2)"},
		"best":       {"1: Title(1) Script (1)"},
		"Plan":       {"2: 3(2)"},
		"A3:B4":      {"3: inline(1) (0)", "4: lineCRend & _x(1) TRUE(3)"},
		"Ideas!C4:D": {"4: 0.125(2) #DIV/0!(4)"},
		"Q4!Z9":      nil,
	} {
		table, err := read(t.Context(), xlsx.New(), file, xlsx.Options{Range: text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, show(table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"Nothing", "Other!A1", "A1:"} {
		_, err := read(t.Context(), xlsx.New(), file, xlsx.Options{Range: text})
		if err == nil || !strings.Contains(err.Error(), "the tabs are Secret, Ideas, Q4") {
			t.Errorf("%s: error is %v", text, err)
		}
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	const main = "xl/worksheets/sheet2.xml"
	for name, c := range map[string]struct {
		parts map[string]string
		want  string
	}{
		"no workbook":          {map[string]string{"xl/workbook.xml": ""}, "no Excel workbook"},
		"no tab":               {map[string]string{"xl/workbook.xml": head + "<workbook/>"}, "no visible tab"},
		"tab is missing":       {map[string]string{main: ""}, "sheet2.xml is missing"},
		"cut":                  {map[string]string{main: head + "<worksheet><sheetData><row><c><v>1"}, "cannot be read"},
		"shared text missing":  {map[string]string{main: sheet(`<row><c t="s"><v>99</v></c></row>`)}, "a shared text is missing"},
		"no number":            {map[string]string{main: sheet(`<row><c><v>x</v></c></row>`)}, "a number cannot be read"},
		"rows out of order":    {map[string]string{main: sheet(`<row r="2"><c><v>1</v></c></row><row r="2"/>`)}, "not in order"},
		"cells out of order":   {map[string]string{main: sheet(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`)}, "not in order"},
		"text without end":     {map[string]string{main: sheet(`<row><c t="str"><v>` + strings.Repeat("a", 3<<20) + `</v></c></row>`)}, "too long"},
		"bomb of shared texts": {map[string]string{"xl/sharedStrings.xml": head + "<sst>" + strings.Repeat("<si/>", 2_000_001)}, "too many different texts"},
		"row far away":         {map[string]string{main: sheet(`<row r="9000000"><c><v>1</v></c></row>`)}, "more than 200000 rows"},
		"column far away":      {map[string]string{main: sheet(`<row><c r="ZZZ1"><v>1</v></c></row>`)}, "more than 1000 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			opener := xlsx.New()
			_, err := read(t.Context(), opener, workbook(t, c.parts), xlsx.Options{})
			if errs.ReasonOf(err) == 0 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			if _, err := read(t.Context(), opener, workbook(t, nil), xlsx.Options{}); err != nil {
				t.Errorf("the next workbook: %v", err)
			}
		})
	}
}

func TestOneWorkbookAtATime(t *testing.T) {
	opener, file := xlsx.New(), workbook(t, nil)
	first, err := opener.Open(t.Context(), bytes.NewReader(file), int64(len(file)), xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := opener.Open(ctx, bytes.NewReader(file), int64(len(file)), xlsx.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a second one: %v, want to wait until the caller leaves", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context(), opener, file, xlsx.Options{}); err != nil {
		t.Error(err)
	}
}

// FuzzSheet feeds any sheet and shared texts: they are read or refused in words.
func FuzzSheet(f *testing.F) {
	f.Add(sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`), `<sst><si><t>a</t></si></sst>`)
	f.Add(head+`<worksheet><sheetData><row><c><v>1</v></c></row><row/></sheetData><mergeCells><mergeCell ref="A1:B9"/></mergeCells></worksheet>`, `<sst></sst>`)
	f.Add(sheet(`<row/><row r="4"><c t="inlineStr"><is><t>x</t></is></c></row>`), `<sst/>`)
	f.Fuzz(func(t *testing.T, rows, texts string) {
		file := workbook(t, map[string]string{"xl/worksheets/sheet2.xml": rows, "xl/sharedStrings.xml": texts})
		if _, err := read(t.Context(), xlsx.New(), file, xlsx.Options{FillMerged: len(texts)%2 == 0}); err != nil && errs.ReasonOf(err) == 0 {
			t.Fatalf("refused without a reason: %v", err)
		}
	})
}
