package redis

import (
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"strings"
)

// The scripts are put together from parts, because Redis loads each as one text.
var (
	//go:embed lua/base.lua
	baseLua string
	//go:embed lua/counter.lua
	counterLua string
	//go:embed lua/log.lua
	logLua string
	//go:embed lua/bucket.lua
	bucketLua string
	//go:embed lua/window.lua
	windowLua string
	//go:embed lua/charge.lua
	chargeLua string
	//go:embed lua/place.lua
	placeLua string
	//go:embed lua/lines.lua
	linesLua string
	//go:embed lua/decide.lua
	decideLua string
	//go:embed lua/settle.lua
	settleLua string
	//go:embed lua/peek.lua
	peekLua string
	//go:embed lua/usage.lua
	usageLua string
	//go:embed lua/report.lua
	reportLua string
)

// op is one of the things that a script does.
type op int

const (
	opDecide op = iota
	opSettle
	opPeek
	opUsage
	opReport
	opCount
)

// script is a script for one run of a server.
type script struct{ text, sha string }

// scriptsFor makes the scripts for a server's run. The run is in the text, so a server that has restarted does not know the
// scripts, and nobody can ask it for anything before having noticed that.
func scriptsFor(run string) [opCount]script {
	counters := strings.Join([]string{baseLua, counterLua, logLua, bucketLua, windowLua, chargeLua}, "\n")
	counters = strings.Replace(counters, "@RUN@", run, 1)
	texts := [opCount][]string{
		opDecide: {placeLua, linesLua, decideLua}, opSettle: {settleLua}, opPeek: {placeLua, linesLua, peekLua},
		opUsage: {usageLua}, opReport: {linesLua, reportLua},
	}
	var scripts [opCount]script
	for i, parts := range texts {
		text := counters + "\n" + strings.Join(parts, "\n")
		sum := sha1.Sum([]byte(text)) // as Redis names scripts
		scripts[i] = script{text, hex.EncodeToString(sum[:])}
	}
	return scripts
}
