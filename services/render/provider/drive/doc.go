// Package drive orders videos, clips and pictures from hosted providers, and sees each order through: submit, poll,
// fetch, check.
//
// It promises: an order is written down before it is placed, and found again by whoever goes on with the video after a crash, so that
// nothing is bought twice where the provider can tell what was bought; what cannot be told is not bought again; a result is
// fetched at once, with a limit, and is what was ordered, or it is refused; waits keep to what the provider says; an
// order that nobody wants any more is given up; never more orders are open than the provider allows.
//
//	Load journal -- known --> poll -- SUCCEEDED --> fetch --> check --> done
//	     | none              ^  |  \- FAILED, CANCELLED --> next try has another key
//	     v                   |  +- THROTTLED, RUNNING --> wait
//	write intent --> submit -+
//	     ^              |
//	     +-- refused ---+-- no answer --> find by key, or submit the same key again
package drive
