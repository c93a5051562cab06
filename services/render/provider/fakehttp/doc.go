// Package fakehttp is a hosted provider that misbehaves on purpose, for tests. It speaks both shapes of package httpapi, takes
// orders, lets them get on from poll to poll, and gives the result that it was told to give; what goes wrong on the way, and how
// often, is set by [Trouble]. It also watches its customer: who ordered twice, came back too early, had too much open at
// once, or showed its secret where it should not.
package fakehttp
