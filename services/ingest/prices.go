package ingest

import (
	"context"
	"log/slog"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/estimate"
)

const (
	// priceTimeout bounds what an estimate waits for prices: a sheet is read without them too.
	priceTimeout = 5 * time.Second
	// provider makes the videos of a bulk job that names none.
	provider = "studio"
)

// prices asks the scheduler what the built-in provider charges. It gives nil when that is not known now.
func prices(costs schedulerv1.CostServiceClient, log *slog.Logger) func(context.Context, string) *estimate.Prices {
	return func(ctx context.Context, project string) *estimate.Prices {
		if costs == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, priceTimeout)
		defer cancel()
		found := &estimate.Prices{Micros: map[string]int64{}}
		request := &schedulerv1.ListProviderRatesRequest{Parent: "projects/" + project, PageSize: 1000}
		for {
			page, err := costs.ListProviderRates(ctx, request)
			if err != nil {
				log.WarnContext(ctx, "prices are not known; an estimate goes without", "error", err)
				return nil
			}
			for _, rate := range page.GetProviderRates() {
				found.Currency = rate.GetAmount().GetCurrencyCode()
				if rate.GetProvider() == provider {
					found.Micros[rate.GetType()] = rate.GetAmount().GetMicros()
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				return found
			}
		}
	}
}
