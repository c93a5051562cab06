package studio

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxFacts bounds what is said about a file, in bytes.
const maxFacts = 16 << 20

// pack writes a file and the facts about it into one, for the cache: the length of the facts as JSON, the facts, the
// file's content.
func pack(path string, facts any, file string) (err error) {
	head, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head...)); err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}

// unpack takes it apart again.
func unpack(path string, facts any, file string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := readFacts(in, facts); err != nil {
		return fmt.Errorf("kept file: %w", err)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// readFacts reads what is before the content.
func readFacts(r io.Reader, facts any) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxFacts {
		return fmt.Errorf("facts of %d bytes", n)
	}
	head, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err != nil {
		return err
	}
	return json.Unmarshal(head, facts)
}
