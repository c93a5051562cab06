package allinone

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecondOneInTheSameFolderIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockFolder(dir)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "--data") || !strings.Contains(err.Error(), "(process ") {
		t.Errorf("second lock: %v; want ErrLocked that names the process and the flag", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockFolder(dir)
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	if err := again.release(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
		t.Errorf("the lock file must stay: %v", err)
	}
}

func TestOnlyLoopbackAddresses(t *testing.T) {
	tests := []struct {
		address, err string
	}{
		{"127.0.0.1:0", ""},
		{"localhost:0", ""},
		{":0", "no authentication yet"},
		{"0.0.0.0:0", "no authentication yet"},
		{"[::]:0", "no authentication yet"},
		{"192.0.2.7:80", "no authentication yet"},
		{"127.0.0.1", "missing port"},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			got, err := bindable(t.Context(), tt.address, "--http-listen")
			if tt.err == "" {
				if err != nil || strings.HasSuffix(got, ":0") {
					t.Errorf("bindable = %q, %v; want an address with a free port", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "--http-listen") {
				t.Errorf("error = %v, want one with %q that names the flag", err, tt.err)
			}
		})
	}
}

func TestAnAddressInUseNamesTheFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = bindable(t.Context(), taken.Addr().String(), "--grpc-listen")
	if err == nil || !strings.Contains(err.Error(), "is in use by another program; choose another address with --grpc-listen") {
		t.Errorf("error = %v", err)
	}
}
