package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker in a release; otherwise the toolchain's stamp is shown.
var version string

type versionCommand struct {
	Output string `help:"text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

// Run prints the version that the Go toolchain stamped into the program.
func (c versionCommand) Run(env *environment) error {
	facts := map[string]string{"version": "unknown", "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		facts["version"] = info.Main.Version
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				facts["revision"] = setting.Value
			case "vcs.time":
				facts["time"] = setting.Value
			}
		}
	}
	if version != "" {
		facts["version"] = version
	}
	if c.Output == "json" {
		return env.document(facts)
	}
	line := fmt.Sprintf("sheetreel %s", facts["version"])
	if facts["revision"] != "" {
		line += " " + facts["revision"]
	}
	return env.say(line + " " + facts["go"] + " " + facts["platform"])
}
