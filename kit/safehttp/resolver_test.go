package safehttp

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers the questions for a name's addresses with one list after the other, and then always the last.
type nameServer struct {
	mu      sync.Mutex
	answers [][]netip.Addr
	asked   map[dnsmessage.Type]int
}

// resolver gives one that asks a name server of the test. Each answer is a list of addresses; an empty one says that
// there is no such name.
func resolver(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	s := &nameServer{asked: map[dnsmessage.Type]int{}}
	for _, list := range answers {
		var all []netip.Addr
		for _, text := range strings.Fields(list) {
			all = append(all, netip.MustParseAddr(text))
		}
		s.answers = append(s.answers, all)
	}
	var serving sync.WaitGroup
	t.Cleanup(serving.Wait)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		serving.Go(func() {
			defer server.Close()
			for s.answerOne(t, server) {
			}
		})
		return client, nil
	}}
}

// answerOne answers a question as DNS over TCP does, with the length before each message.
func (s *nameServer) answerOne(t *testing.T, conn net.Conn) bool {
	var length uint16
	if binary.Read(conn, binary.BigEndian, &length) != nil {
		return false
	}
	raw := make([]byte, length)
	if _, err := io.ReadFull(conn, raw); err != nil {
		return false
	}
	var m dnsmessage.Message
	if err := m.Unpack(raw); err != nil {
		t.Error(err)
		return false
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	q := m.Questions[0]
	addresses := s.next(q.Type)
	if addresses == nil {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, a := range addresses {
		if q.Type == dnsmessage.TypeA && a.Is4() {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: a.As4()},
			})
		}
	}
	raw, err := m.Pack()
	if err != nil {
		t.Error(err)
		return false
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...))
	return err == nil
}

func (s *nameServer) next(kind dnsmessage.Type) []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := min(s.asked[kind], len(s.answers)-1)
	s.asked[kind]++
	return s.answers[i]
}
