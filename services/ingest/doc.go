// Package ingest turns a sheet into ideas.
//
// A sheet is read by package source and those below it, its columns are mapped to fields by package mapping, and
// its rows are checked by package validate. CheckIdeas shows what comes out; the import loop does the same for
// bulk jobs that wait, and appends the ideas to them as video jobs. Both take the one path in read.go.
//
// Reading for a bulk job is leased work. It promises: an import that dies half-way is taken over after its lease
// has ended, and appends no row twice, because row keys say what is there; a bulk job whose sheet cannot be used
// fails with the reason; no bulk job fails because a part of Sheetreel does not answer for some minutes.
package ingest
