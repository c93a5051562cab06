package studio

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

// bitsPerPixel is more than any of our encoders writes.
const bitsPerPixel = 1

// checkDisk refuses to begin what the disk has no room for: chunks, the video that they become, and its sound.
func checkDisk(dir string, p encode.Picture, frames int) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	pixels := int64(p.Width) * int64(p.Height) * int64(frames)
	need := 2*pixels*bitsPerPixel/8 + int64(frames)*48000*8/int64(p.Rate)
	if need > free {
		return fmt.Errorf("disk: %d MB are free and a render may need %d MB; make room or choose another folder with --scratch", free>>20, need>>20)
	}
	return nil
}
