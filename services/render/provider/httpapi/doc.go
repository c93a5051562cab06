// Package httpapi talks to hosted providers over HTTP. It knows the two shapes that such services have, and a configuration
// says where one differs:
//
//   - video: POST a storyboard, get an id; GET its status until there is an address, for a while, of the finished video;
//   - scene: POST a prompt, get a task's id; GET its status with progress until there are addresses of a clip or picture.
//
// It promises: secrets are read from a file or the environment when they are used, and go to the provider's own address and
// nowhere else, into no error and no log; nothing is called but public addresses by https, unless the configuration says so;
// answers are bounded; a call whose outcome is not known says so.
package httpapi
