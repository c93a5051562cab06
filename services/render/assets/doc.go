// Package assets brings pictures, clips and sounds from the web onto the local disk, so that everything else works on
// local files of a known type and size.
//
// It promises: nothing but public addresses is called, by https; nothing larger or slower than its kind may be is
// taken; a file's type is told by its bytes, never by its name or what a server says; files are kept by the SHA-256
// of their content, below a limit of disk space; what is handed out stays until its user removes it. Pictures are decoded
// in Go, after a look at their size, and turned as their camera was held.
package assets
