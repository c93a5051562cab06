package main

import "github.com/sheetreel/sheetreel/cmd/sheetreel/torture/campaign"

type tortureCommand struct {
	campaign.Config
	Output string `help:"text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

// Help is shown below the flags.
func (tortureCommand) Help() string {
	return `It proves on this machine that nothing is lost and no video is made twice, whatever crashes. Real schedulers over a
private database (an installed PostgreSQL, or SQLite) hand jobs to real workers, while processes are killed, stopped
longer than their lease, and told to end, and the database is restarted. Afterwards every acknowledged job, every
event, every artifact and every answer that a caller got is checked. It succeeds only if all promises were kept. With
--no-fence it succeeds only if it catches the videos that are then made twice. Everything happens in a temporary
folder, and everything that was started ends with it.`
}

// Run runs a campaign.
func (c tortureCommand) Run(env *environment) error {
	report, err := campaign.Run(env.ctx, c.Config, env.stderr)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		err = env.document(report)
	} else {
		err = report.Text(env.stdout)
	}
	if err == nil && !report.Passed {
		return exitCode(exitError)
	}
	return err
}
