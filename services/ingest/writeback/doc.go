// Package writeback writes what became of video jobs into the sheets that their ideas came from.
//
// It promises people that it writes into columns of its own only, which it finds by their names, and that a result stands on
// the row whose id it has. Google Sheets has no way to write "if nothing has changed", so a row may move between a look at the
// sheet and a write. Therefore every write is looked at afterwards: what landed on a wrong row is taken away again, what
// is missing is written again, until a look finds nothing to do. A row that is gone, or whose id stands twice, gets nothing;
// the bulk job says so.
//
// Everything that is written is absolute and comes from the state of the video jobs, so whoever takes a sheet over after a
// crash goes on by looking at the sheet. One that has the lease of a spreadsheet writes there alone.
package writeback
