module github.com/sheetreel/sheetreel/e2e

go 1.26.0

replace (
	github.com/sheetreel/sheetreel/cmd/sheetreel => ../cmd/sheetreel
	github.com/sheetreel/sheetreel/gen => ../gen
	github.com/sheetreel/sheetreel/kit => ../kit
	github.com/sheetreel/sheetreel/services/gateway => ../services/gateway
	github.com/sheetreel/sheetreel/services/ingest => ../services/ingest
	github.com/sheetreel/sheetreel/services/ratelimit => ../services/ratelimit
	github.com/sheetreel/sheetreel/services/render => ../services/render
	github.com/sheetreel/sheetreel/services/scheduler => ../services/scheduler
)
