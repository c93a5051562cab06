// Package config fills a configuration struct from, in this order, flags, environment, one YAML file and defaults.
//
// The struct's fields carry the tags of alecthomas/kong: `help`, `default`, `env`, `enum`. A YAML file is a flat
// map from flag names to values; a key that is no flag is an error.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// File is embedded by configurations that may be read from a file.
type File struct {
	Config kong.ConfigFlag `help:"YAML file with values for these flags." type:"existingfile" env:"SHEETREEL_CONFIG" placeholder:"FILE"`
}

// Options are the options that every Sheetreel program gives to kong.
func Options(name, description string) []kong.Option {
	return []kong.Option{
		kong.Name(name),
		kong.Description(description),
		kong.UsageOnError(),
		kong.Configuration(load),
	}
}

// Parse fills cfg, a pointer to a struct, from args. It does not exit: `--help` is written to w and answered
// with [ErrHelp].
func Parse(name, description string, cfg any, args []string, w io.Writer) error {
	help := false
	options := append(Options(name, description), kong.Writers(w, w), kong.Exit(func(int) { help = true }))
	parser, err := kong.New(cfg, options...)
	if err != nil {
		return fmt.Errorf("configuration of %s: %w", name, err)
	}
	_, err = parser.Parse(args)
	if help {
		return ErrHelp
	}
	if err != nil {
		return fmt.Errorf("%s: %w (see %s --help)", name, err, name)
	}
	return nil
}

// ErrHelp is returned by Parse after it has written the help text.
var ErrHelp = errors.New("help was asked for")

// load reads a YAML file for kong.
func load(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	err := yaml.NewDecoder(r).Decode(&values)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return file(values), nil
}

// file resolves flags from a YAML file.
type file map[string]any

// Validate refuses keys that are no flag of the program.
func (f file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	var unknown []string
	for key := range f {
		if !known[strings.ReplaceAll(key, "_", "-")] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("configuration file: unknown key %s", strings.Join(unknown, ", "))
	}
	return nil
}

// Resolve gives a flag's value from the file, unless the environment has one.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok {
			return nil, nil
		}
	}
	for key, value := range f {
		if strings.ReplaceAll(key, "_", "-") == flag.Name {
			return value, nil
		}
	}
	return nil, nil
}
