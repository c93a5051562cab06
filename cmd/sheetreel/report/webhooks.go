package report

import (
	"fmt"
	"path"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Webhooks is the table of webhook endpoints.
func Webhooks(endpoints []*schedulerv1.WebhookEndpoint, width int, zone *time.Location) []string {
	head := []columns.Column{{Title: "endpoint"}, {Title: "state"}, {Title: "name", Flex: true}, {Title: "events", Flex: true}, {Title: "url", Flex: true}}
	var rows [][]string
	for _, e := range endpoints {
		events := "all"
		if len(e.GetEventTypes()) > 0 {
			events = strings.Join(e.GetEventTypes(), ", ")
		}
		rows = append(rows, []string{path.Base(e.GetName()), endpointState(e, zone), columns.Clean(e.GetDisplayName()), events, columns.Clean(e.GetUrl())})
	}
	return columns.Table(head, rows, width)
}

// endpointState tells whether an endpoint hears of anything, and why not.
func endpointState(e *schedulerv1.WebhookEndpoint, zone *time.Location) string {
	switch {
	case e.GetDisableReason() != 0:
		return strings.ToLower(e.GetState().String() + ": " + e.GetDisableReason().String())
	case e.GetFailingSinceTime() != nil:
		return "failing since " + moment(e.GetFailingSinceTime(), zone)
	}
	return strings.ToLower(e.GetState().String())
}

// Deliveries is the table of what was sent to a webhook endpoint.
func Deliveries(deliveries []*schedulerv1.WebhookDelivery, width int, zone *time.Location) []string {
	head := []columns.Column{
		{Title: "delivery"}, {Title: "happened"}, {Title: "event"}, {Title: "state"}, {Title: "tries", Right: true}, {Title: "next try"}, {Title: "answer", Flex: true},
	}
	var rows [][]string
	for _, d := range deliveries {
		next := ""
		if d.GetNextAttemptTime() != nil {
			next = moment(d.GetNextAttemptTime(), zone)
		}
		rows = append(rows, []string{
			path.Base(d.GetName()), moment(d.GetCreateTime(), zone), d.GetEventType(), DeliveryState(d), fmt.Sprint(d.GetAttemptCount()), next, Answer(d),
		})
	}
	return columns.Table(head, rows, width)
}

// DeliveryState is how a delivery stands, in a word.
func DeliveryState(d *schedulerv1.WebhookDelivery) string {
	return strings.ToLower(d.GetState().String())
}

// Answer is what an endpoint answered the last time, or why it did not; empty when nothing was sent yet.
func Answer(d *schedulerv1.WebhookDelivery) string {
	switch {
	case d.GetLastError() != "":
		return columns.Clean(d.GetLastError())
	case d.GetLastStatus() != 0:
		return fmt.Sprintf("HTTP %d", d.GetLastStatus())
	}
	return ""
}
