// Package providertest is what every provider must pass. [Hosted] is for those elsewhere, seen through package drive and over a
// provider that misbehaves; [Local] is for those that render on this machine. The numbers are those of docs/providers.md.
package providertest
