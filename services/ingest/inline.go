package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// inlineIdeas are the ideas of a request as a source: a table with a column for each field, so that they are checked
// as every sheet is. Findings name the cells that the ideas would have in it; the first idea is row 2.
type inlineIdeas []*ingestv1.Idea

// inlineSource checks what a sheet could not say.
func inlineSource(ideas []*ingestv1.Idea) (source.Source, error) {
	for i, idea := range ideas {
		for j, asset := range idea.GetAssets() {
			if assetField(asset) == "" {
				return nil, errs.Invalid(errs.Violation{
					Field:       fmt.Sprintf("source.inline_ideas.ideas[%d].assets[%d]", i, j),
					Description: "needs a kind, and a scene only for a picture, video or sound: from 1 to 100, or 0 for the whole video",
				})
			}
		}
	}
	return inlineIdeas(ideas), nil
}

// Read makes the table.
func (ideas inlineIdeas) Read(context.Context) (*source.Table, error) {
	names := map[string]bool{}
	for _, idea := range ideas {
		for name := range idea.GetVariables() {
			names[name] = true
		}
	}
	variables := slices.Sorted(maps.Keys(names))
	columns := append(inlineColumns(), assetColumns(ideas)...)
	header := make([]source.Cell, 0, len(columns)+len(variables))
	for _, column := range columns {
		header = append(header, source.Text(string(column.field)))
	}
	for _, name := range variables {
		header = append(header, source.Text("var:"+name)) // whatever else the name may mean
	}
	table := &source.Table{Title: "Ideas of the request", Range: "the request's ideas", FirstRow: 1, FrozenRows: 1, Rows: [][]source.Cell{header}}
	for _, idea := range ideas {
		row := make([]source.Cell, 0, len(header))
		for _, column := range columns {
			row = append(row, source.Text(column.text(idea)))
		}
		for _, name := range variables {
			row = append(row, source.Text(idea.GetVariables()[name]))
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

// inlineColumn writes one field as a person would into a cell.
type inlineColumn struct {
	field mapping.Field
	text  func(*ingestv1.Idea) string
}

func inlineColumns() []inlineColumn {
	return []inlineColumn{
		{mapping.ID, (*ingestv1.Idea).GetRowKey},
		{mapping.Title, titleOf},
		{mapping.Script, scriptOf},
		{mapping.Description, (*ingestv1.Idea).GetDescription},
		{mapping.Hook, (*ingestv1.Idea).GetHook},
		{mapping.CallToAction, (*ingestv1.Idea).GetCallToAction},
		{mapping.Language, (*ingestv1.Idea).GetLanguage},
		{mapping.Voice, (*ingestv1.Idea).GetVoice},
		{mapping.Style, (*ingestv1.Idea).GetStyle},
		{mapping.AspectRatio, (*ingestv1.Idea).GetAspectRatio},
		{mapping.Duration, func(i *ingestv1.Idea) string {
			if i.GetDuration() == nil {
				return ""
			}
			return strconv.FormatFloat(i.GetDuration().AsDuration().Seconds(), 'f', -1, 64) + "s"
		}},
		{mapping.Platforms, func(i *ingestv1.Idea) string { return strings.Join(i.GetPlatforms(), "\n") }},
		{mapping.Tags, func(i *ingestv1.Idea) string { return strings.Join(i.GetTags(), "\n") }},
		{mapping.TargetAudience, (*ingestv1.Idea).GetTargetAudience},
		{mapping.Tone, (*ingestv1.Idea).GetTone},
		{mapping.NotBeforeTime, func(i *ingestv1.Idea) string { return stamp(i.GetNotBeforeTime()) }},
		{mapping.DueTime, func(i *ingestv1.Idea) string { return stamp(i.GetDueTime()) }},
		{mapping.PublishTime, func(i *ingestv1.Idea) string { return stamp(i.GetPublishTime()) }},
		{mapping.Priority, func(i *ingestv1.Idea) string {
			if i.GetPriority() == ingestv1.Priority_PRIORITY_UNSPECIFIED {
				return ""
			}
			return strings.ToLower(i.GetPriority().String())
		}},
	}
}

// stamp writes a time in full.
func stamp(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.RFC3339Nano)
}

// titleOf is the idea's title, else that of the storyboard that it brings.
func titleOf(idea *ingestv1.Idea) string {
	return cmp.Or(idea.GetTitle(), idea.GetStoryboard().GetTitle())
}

// scriptOf is the idea's script, else what its storyboard says.
func scriptOf(idea *ingestv1.Idea) string {
	if idea.GetScript() != "" || idea.GetDescription() != "" {
		return idea.GetScript()
	}
	var said []string
	for _, scene := range idea.GetStoryboard().GetScenes() {
		said = append(said, cmp.Or(scene.GetNarration(), scene.GetHeadline()))
	}
	return strings.Join(said, "\n")
}

// storyboard gives a row the storyboard that its idea brings. The first idea is row 2.
func (ideas inlineIdeas) storyboard(idea *ingestv1.Idea) {
	if i := int(idea.GetRowNumber()) - 2; i >= 0 && i < len(ideas) {
		idea.Storyboard = ideas[i].GetStoryboard()
	}
}
