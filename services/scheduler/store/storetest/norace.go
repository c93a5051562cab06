//go:build !race

package storetest

// slowness divides the sizes of what is large and the numbers of what is random.
const slowness = 1
