// Package wait lets calls wait for their turn.
//
// Calls of one user come first in, first out, as far as the same limit holds them up; between the users of a project it goes
// in turns. A call sleeps until the engine's exact time, or until something was given back, and nobody polls. Only the first
// call of a user that a limit refuses has a place with the engine: so each user has one, the engine's order of places is a
// round of the users, and a newcomer that does not wait cannot get ahead of them.
//
// A call that leaves early makes way for the next at once. Waiting is bounded: in number, for all and for each user.
package wait
