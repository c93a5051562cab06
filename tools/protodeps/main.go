// Command protodeps prints the third-party .proto files that our protos import.
//
// The Go packages that Sheetreel depends on carry the descriptors of google/api, google/rpc and buf/validate.
// This tool finds which of them our sources import and prints them as text, so that nothing third-party is
// committed and the text can never differ from what the code links. Comments are lost, as descriptors have none.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate" // linked for its descriptors
	"github.com/jhump/protoreflect/v2/protoprint"
	_ "google.golang.org/genproto/googleapis/api/annotations" // http, client, field_behavior, resource
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"  // ErrorInfo and its kin
	_ "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var importLine = regexp.MustCompile(`(?m)^import (?:public )?"([^"]+)";`)

func main() {
	src := flag.String("src", "../proto", "folder of our .proto files")
	out := flag.String("out", "../.cache/proto", "folder to print into; it is emptied first")
	flag.Parse()
	if err := run(*src, *out); err != nil {
		fmt.Fprintln(os.Stderr, "protodeps:", err)
		os.Exit(1)
	}
}

func run(src, out string) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	done := map[string]bool{}
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".proto" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range importLine.FindAllStringSubmatch(string(text), -1) {
			if err := print(m[1], out, done); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return nil
	})
}

// print writes the file at import path and, before it, what it imports itself.
func print(path, out string, done map[string]bool) error {
	if done[path] || strings.HasPrefix(path, "sheetreel/") || strings.HasPrefix(path, "google/protobuf/") {
		return nil
	}
	done[path] = true
	file, err := protoregistry.GlobalFiles.FindFileByPath(path)
	if err != nil {
		return fmt.Errorf("import %q: %w (link its Go package in tools/protodeps)", path, err)
	}
	imports := file.Imports()
	for i := range imports.Len() {
		if err := print(imports.Get(i).Path(), out, done); err != nil {
			return err
		}
	}
	return write(file, filepath.Join(out, filepath.FromSlash(path)))
}

func write(file protoreflect.FileDescriptor, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	var p protoprint.Printer
	if err := p.PrintProtoFile(file, f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
