// Package render turns leased video jobs into videos: it plans a storyboard, lets a provider render it, uploads
// the files under a name that only this attempt has, and reports to the scheduler, which publishes them.
package render
