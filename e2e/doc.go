// Package e2e tests the whole of Sheetreel: real processes, real renders, foreign clients. Everything is in its
// test files.
package e2e
