package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	maxBodyBytes = 1 << 20
	// maxCheckBytes is for a file of 3 MiB, in base64, and what is said about it.
	maxCheckBytes   = 4<<20 + 256<<10
	bodyReadTimeout = 30 * time.Second
)

// codec writes and reads the API's JSON: lowerCamelCase names, zeros and empty lists written out, unknown fields
// refused with their path.
type codec struct {
	runtime.JSONPb
}

func newCodec() *codec {
	return &codec{runtime.JSONPb{
		MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true},
	}}
}

// StreamContentType names the media type of a stream: one JSON value a line.
func (*codec) StreamContentType(any) string { return "application/x-ndjson" }

// Marshal writes v. The failure at the end of a stream gets the form of every other error.
func (c *codec) Marshal(v any) ([]byte, error) {
	if chunk, ok := v.(map[string]proto.Message); ok {
		if st, ok := chunk["error"].(*spb.Status); ok {
			return json.Marshal(newErrorBody(runtime.HTTPStatusFromCode(codes.Code(st.GetCode())), st))
		}
	}
	return c.JSONPb.Marshal(v)
}

// NewDecoder reads one JSON value, which must be all there is.
func (c *codec) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		err := c.decode(r, v)
		if body, ok := r.(*requestBody); ok && err != nil && !errors.Is(err, io.EOF) {
			body.fail(err)
		}
		return err
	})
}

func (c *codec) decode(r io.Reader, v any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return io.EOF // no body: the generated code goes on with an empty message
	}
	if err := checkSyntax(data); err != nil {
		return err
	}
	if err := c.Unmarshal(data, v); err != nil {
		return describe(data, err)
	}
	return nil
}

// checkSyntax says where data stops being JSON.
func checkSyntax(data []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(data, &any)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return malformed("", fmt.Sprintf("not valid JSON at byte %d: %v", syntax.Offset, syntax))
	}
	return err
}

var protojsonError = regexp.MustCompile(`^proto:\s\(line (\d+):(\d+)\): (.*)$`)

// describe turns protojson's error into one that names the field by its path.
func describe(data []byte, err error) error {
	m := protojsonError.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\u00a0", " "))
	if m == nil {
		text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
		return malformed("", text)
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	text := m[3]
	if strings.HasPrefix(text, "unknown field ") {
		text = "no such field"
	}
	return malformed(pathAt(data, offsetOf(data, line, column)), text)
}

func malformed(path, description string) error {
	message := description
	if path != "" {
		message = path + ": " + description
	}
	st, err := status.New(codes.InvalidArgument, message).WithDetails(
		&errdetails.ErrorInfo{Reason: errorsv1.ErrorReason_REQUEST_MALFORMED.String(), Domain: errs.Domain},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: path, Description: description}}},
	)
	if err != nil { // cannot happen: the code is not OK
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_REQUEST_MALFORMED, message)
	}
	return st.Err()
}

// requestBody is a request's body with bounds. It carries the true cause of a failed decoding past the generated
// code, which keeps only its text.
type requestBody struct {
	io.ReadCloser
	status  int
	failure error
}

// boundBody limits the size of a body, and the time that reading it may take.
func boundBody(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(bodyReadTimeout)) // not supported by test recorders
	most := int64(maxBodyBytes)
	if strings.HasSuffix(r.URL.Path, "/ideas:check") {
		most = maxCheckBytes
	}
	r.Body = &requestBody{ReadCloser: &timedBody{http.MaxBytesReader(w, r.Body, most), rc}}
}

func (b *requestBody) fail(err error) {
	b.status = http.StatusBadRequest
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		b.status = http.StatusRequestEntityTooLarge
		err = malformed("", fmt.Sprintf("the body is larger than %d bytes", large.Limit))
	case errs.ReasonOf(err) == errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED:
		err = malformed("", "the body could not be read")
	}
	b.failure = err
}

// timedBody lifts the read deadline at the end of the body: it must not end the long answer that may follow.
type timedBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
