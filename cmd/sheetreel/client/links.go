package client

import (
	"net/url"
	"strings"
)

// Links makes links for people from the base address of the server's HTTP side.
type Links struct {
	Base string // for example http://127.0.0.1:8080
}

// Artifact is where a file of a video job is downloaded from. Video job and file name are as the API gives them.
func (l Links) Artifact(videoJob, fileName string) string {
	return strings.TrimRight(l.Base, "/") + "/v1/" + videoJob + "/artifacts/" + url.PathEscape(fileName)
}

// Page is where a browser shows a bulk job.
func (l Links) Page(bulkJob string) string {
	return strings.TrimRight(l.Base, "/") + "/#/" + bulkJob
}

// Uploads is where files are sent to. The project is as the API names it.
func (l Links) Uploads(project string) string {
	return strings.TrimRight(l.Base, "/") + "/v1/" + project + "/uploads"
}
