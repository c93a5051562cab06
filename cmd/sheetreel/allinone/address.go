package allinone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// bindable resolves an address to listen on: it must be on this machine only and free. Port 0 becomes a free port.
// flag is what sets the address, for the error.
func bindable(ctx context.Context, address, flag string) (string, error) {
	if err := loopback(ctx, address, flag); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("%s is in use by another program; choose another address with %s", address, flag)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return listener.Addr().String(), listener.Close()
}

// loopback refuses addresses that others could reach.
func loopback(ctx context.Context, address, flag string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	ips := []net.IP{}
	if host != "" {
		resolved, err := net.DefaultResolver.LookupIPAddr(ctx, host)
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		for _, ip := range resolved {
			ips = append(ips, ip.IP)
		}
	}
	local := len(ips) > 0
	for _, ip := range ips {
		local = local && ip.IsLoopback()
	}
	if !local {
		return fmt.Errorf("%s %s: refused, because others could reach it and there is no authentication yet; use 127.0.0.1", flag, address)
	}
	return nil
}
