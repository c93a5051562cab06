package quota

// sumOf is a hash of what makes a call another call: FNV-1a of each descriptor, mixed and added up, because a map has no
// order. It is the same in every process, as they may share an engine.
func sumOf(descriptors map[string]string, cost, least int64) uint64 {
	sum := mix(uint64(cost)<<32 ^ uint64(least))
	for name, value := range descriptors {
		sum += mix(fnv(fnv(fnvBasis, name)*fnvPrime, value)) // the multiplication stands for a NUL between them
	}
	return sum
}

const (
	fnvBasis = 14695981039346656037
	fnvPrime = 1099511628211
)

func fnv(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * fnvPrime
	}
	return h
}

// mix spreads a hash over all bits, so that sums of hashes do not meet; the finalizer of SplitMix64 (Steele, Lea,
// Flood: Fast Splittable Pseudorandom Number Generators, 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
