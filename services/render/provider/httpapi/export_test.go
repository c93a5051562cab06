package httpapi

import "github.com/sheetreel/sheetreel/services/render/provider"

// StatusOf reads an answer to Poll.
func (c *Client) StatusOf(data []byte) (provider.Status, error) {
	answer, err := parse(data)
	if err != nil {
		return provider.Status{}, err
	}
	return c.status(answer, 0)
}
