package rule

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

//go:embed limits.yaml
var builtIn []byte

const maxFileBytes = 1 << 20

// Default returns the built-in rules.
func Default() ([]Rule, error) {
	rules, err := parse(builtIn, BuiltIn)
	if err != nil {
		return nil, fmt.Errorf("built-in limits: %w", err)
	}
	return rules, nil
}

// Load reads the rules of a file.
func Load(path string) ([]Rule, error) {
	text, err := Read(path)
	if err != nil {
		return nil, err
	}
	rules, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("limits %s: %w", path, err)
	}
	return rules, nil
}

// Read reads the text of a file, which must not be too large.
func Read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("limits %s: larger than %d bytes", path, maxFileBytes)
	}
	return text, nil
}

// Parse reads rules from YAML, in the order of the text. Each is valid by itself; [CheckAll] looks at all together.
func Parse(text []byte) ([]Rule, error) { return parse(text, File) }

func parse(text []byte, origin Origin) ([]Rule, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("no limits: the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	top, err := fieldsOf(document.Content[0])
	if err != nil {
		return nil, err
	}
	var list *yaml.Node
	for _, f := range top {
		if f.name != "limits" {
			return nil, fmt.Errorf("line %d: unknown key %q; the only one is limits", f.line, f.name)
		}
		list = f.value
	}
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return nil, errors.New("limits: must be a list with at least one rule")
	}
	if len(list.Content) > MaxRules {
		return nil, fmt.Errorf("limits: %d rules; at most %d are allowed", len(list.Content), MaxRules)
	}
	return parseRules(list.Content, origin)
}

func parseRules(nodes []*yaml.Node, origin Origin) ([]Rule, error) {
	rules := make([]Rule, 0, len(nodes))
	lines := map[string]int{}
	for i, node := range nodes {
		r, err := parseRule(node, origin)
		if err != nil {
			subject := fmt.Sprintf("rule %d", i+1)
			if r.Name != "" {
				subject = fmt.Sprintf("rule %s", r.Name)
			}
			return nil, fmt.Errorf("%s: %w", subject, err)
		}
		if line, ok := lines[r.Name]; ok {
			return nil, fmt.Errorf("rule %s: line %d: name: already used by the rule in line %d", r.Name, node.Line, line)
		}
		lines[r.Name] = node.Line
		rules = append(rules, r)
	}
	return rules, nil
}

// BuiltInText is the text of the built-in rules.
func BuiltInText() []byte { return bytes.Clone(builtIn) }
