module github.com/sheetreel/sheetreel/services/scheduler

go 1.26.0

replace (
	github.com/sheetreel/sheetreel/gen => ../../gen
	github.com/sheetreel/sheetreel/kit => ../../kit
)
