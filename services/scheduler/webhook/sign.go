package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// The headers of Standard Webhooks.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	secretBytes  = 32 // the standard wants 24 to 64
	secretPrefix = "whsec_"
)

// NewSecret makes a secret of 32 random bytes.
func NewSecret() store.Secret {
	s := make(store.Secret, secretBytes)
	_, _ = rand.Read(s) // never fails: see its documentation
	return s
}

// Reveal writes a secret as its receiver needs it: whsec_ and base64.
func Reveal(s store.Secret) string { return secretPrefix + base64.StdEncoding.EncodeToString(s) }

// sign sets the headers of a message: its id, when it is sent, and a signature by each secret.
func sign(h http.Header, id string, at time.Time, body []byte, secrets []store.Secret) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, s := range secrets {
		mac := hmac.New(sha256.New, s)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	h.Set(headerSignature, strings.Join(signatures, " "))
}
