package sheets

// kind is how a Client shows Google who it is.
type kind int

const (
	byNothing        kind = iota // it has no credentials: nothing is sent to Google
	byEndpoint                   // at an endpoint without authentication
	byKey                        // an API key, enough for public sheets
	byServiceAccount             // an account of a program, with a key file
	byPerson                     // a Google account, with a refresh token
	byMachine                    // the account of the machine that it runs on
)

// identity is as whom a Client reads.
type identity struct {
	kind  kind
	email string // the address to share sheets with, where it is known
	// Google counts requests by these. They are empty where nobody counts.
	credential, cloudProject string
}

// String names the credentials to a person who has to mend them.
func (i identity) String() string {
	switch i.kind {
	case byServiceAccount:
		return "service account " + i.email
	case byPerson:
		return "Google account that Sheetreel signs in with"
	case byMachine:
		return "account of the machine that Sheetreel runs on"
	}
	return "API key"
}

// charge is what a request of ours is counted by.
func (i identity) charge(action, project, user, sheet string) map[string]string {
	descriptors := map[string]string{"action": action, "project": project, "user": user, "sheet": sheet}
	if i.credential != "" {
		descriptors["credential"], descriptors["cloud_project"] = i.credential, i.cloudProject
	}
	return descriptors
}

// dimensions are our names for what a quota of Google counts by; none for a quota that is not known.
func (i identity) dimensions(unit string) []string {
	switch {
	case unit == perSheet:
		return []string{"sheet"}
	case unit == perProject && i.credential != "":
		return []string{"cloud_project"}
	case unit == perProject:
		return []string{"project"}
	case unit == perUser && i.credential != "":
		return []string{"cloud_project", "credential"}
	case unit == perUser:
		return []string{"project", "user"}
	}
	return nil
}
