package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct {
	Output string `help:"text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

// Run prints the version that the Go toolchain stamped into the program.
func (c versionCommand) Run(env *environment) error {
	version := map[string]string{"version": "unknown", "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		version["version"] = info.Main.Version
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				version["revision"] = setting.Value
			case "vcs.time":
				version["time"] = setting.Value
			}
		}
	}
	if c.Output == "json" {
		return env.document(version)
	}
	line := fmt.Sprintf("sheetreel %s", version["version"])
	if version["revision"] != "" {
		line += " " + version["revision"]
	}
	return env.say(line + " " + version["go"] + " " + version["platform"])
}
