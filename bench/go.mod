module github.com/sheetreel/sheetreel/bench

go 1.26.0

require (
	github.com/sheetreel/sheetreel/gen v0.0.0
	github.com/sheetreel/sheetreel/kit v0.0.0
	github.com/sheetreel/sheetreel/services/ingest v0.0.0
	github.com/sheetreel/sheetreel/services/scheduler v0.0.0
	github.com/sheetreel/sheetreel/services/ratelimit v0.0.0
	github.com/sheetreel/sheetreel/services/render v0.0.0
	github.com/sheetreel/sheetreel/services/gateway v0.0.0
)

replace (
	github.com/sheetreel/sheetreel/gen => ../gen
	github.com/sheetreel/sheetreel/kit => ../kit
	github.com/sheetreel/sheetreel/services/ingest => ../services/ingest
	github.com/sheetreel/sheetreel/services/scheduler => ../services/scheduler
	github.com/sheetreel/sheetreel/services/ratelimit => ../services/ratelimit
	github.com/sheetreel/sheetreel/services/render => ../services/render
	github.com/sheetreel/sheetreel/services/gateway => ../services/gateway
)
