// Package obs sets up what a process tells about itself: structured logs on standard error.
package obs

import (
	"io"
	"log/slog"
)

// LogConfig chooses how logs look.
type LogConfig struct {
	LogLevel  string `help:"Least severe log level that is written." enum:"debug,info,warn,error" default:"info" env:"SHEETREEL_LOG_LEVEL"`
	LogFormat string `help:"Form of a log line." enum:"json,text" default:"json" env:"SHEETREEL_LOG_FORMAT"`
}

// NewLogger returns a logger for the named service that writes to w.
func NewLogger(c LogConfig, service string, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewJSONHandler(w, options)
	if c.LogFormat == "text" {
		handler = slog.NewTextHandler(w, options)
	}
	return slog.New(handler).With("service", service)
}
