// Package memory is the engine of limits whose counters are in this process's memory.
package memory
