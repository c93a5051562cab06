// Package connect watches spreadsheets: it asks for the version of each connected sheet, and when the rows have changed makes
// a bulk job of what is new.
//
// It promises three things. One process looks at a sheet at a time, because looks are leased. No version makes two bulk jobs,
// because the version is the request's id. And no bulk job is made unless a row is new or says something else than before: neither
// what we write into the sheet ourselves nor a row that failed makes one.
package connect
