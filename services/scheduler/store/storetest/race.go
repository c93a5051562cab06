//go:build race

package storetest

// slowness divides the sizes of what is large and the numbers of what is random: under the race detector all is an order slower,
// and the same races show in fewer rounds.
const slowness = 5
