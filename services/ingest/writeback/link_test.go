package writeback

import (
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func TestVideoLink(t *testing.T) {
	poster := &schedulerv1.Artifact{FileName: "poster.jpg", ContentType: "image/jpeg"}
	for _, c := range []struct {
		name      string
		publicURL string
		artifacts []*schedulerv1.Artifact
		want      string
	}{
		{"mp4", "https://videos.example/", []*schedulerv1.Artifact{poster, {FileName: "video.mp4", ContentType: "video/mp4"}}, "https://videos.example/v1/projects/p/v/artifacts/video.mp4"},
		{"webm", "https://videos.example", []*schedulerv1.Artifact{{FileName: "video.webm", ContentType: "video/webm"}}, "https://videos.example/v1/projects/p/v/artifacts/video.webm"},
		{"no video yet", "https://videos.example", []*schedulerv1.Artifact{poster}, ""},
		{"nobody said where the gateway is", "", []*schedulerv1.Artifact{{FileName: "video.mp4", ContentType: "video/mp4"}}, ""},
	} {
		if got := videoLink(&schedulerv1.VideoJob{Name: "projects/p/v", Artifacts: c.artifacts}, c.publicURL); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
