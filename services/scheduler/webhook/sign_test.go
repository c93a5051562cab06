package webhook

import (
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// verify verifies a message as a receiver does who has a secret.
func verify(t *testing.T, secret store.Secret, body []byte, h http.Header) error {
	t.Helper()
	receiver, err := standardwebhooks.NewWebhook(Reveal(secret))
	if err != nil {
		t.Fatal(err)
	}
	return receiver.Verify(body, h)
}

func TestSignaturesAreTaken(t *testing.T) {
	body := []byte(`{"type":"video_job.completed"}`)
	newest, previous, other := NewSecret(), NewSecret(), NewSecret()
	h := http.Header{}
	sign(h, "0199f0c2-0000-7000-8000-000000000001", time.Now(), body, []store.Secret{newest, previous})
	for name, secret := range map[string]store.Secret{"newest": newest, "previous": previous} {
		if err := verify(t, secret, body, h); err != nil {
			t.Errorf("by the %s secret: %v", name, err)
		}
	}
	if verify(t, other, body, h) == nil {
		t.Error("any secret verifies it")
	}
	if verify(t, newest, append(body, ' '), h) == nil {
		t.Error("a changed body is taken")
	}
	h.Set(headerID, "another")
	if verify(t, newest, body, h) == nil {
		t.Error("a changed id is taken")
	}
}

// The reference library signs the same message in the same way.
func TestSignsAsTheReference(t *testing.T) {
	h := http.Header{}
	key := []byte("a known secret of 24 byte")
	sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), []store.Secret{key})
	receiver, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		t.Fatal(err)
	}
	want, err := receiver.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil || h.Get(headerSignature) != want {
		t.Errorf("signature %s, want %s, %v", h.Get(headerSignature), want, err)
	}
}

func TestSecrets(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if len(a) != 32 || string(a) == string(b) || !strings.HasPrefix(Reveal(a), "whsec_") {
		t.Errorf("secrets of %d bytes; revealed %q", len(a), Reveal(a)[:6])
	}
}
