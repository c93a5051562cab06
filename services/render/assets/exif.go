package assets

import (
	"bytes"
	"encoding/binary"
)

// orientation tells how the camera was held: 1 to 8 as Exif has it, 1 when nothing is said.
func orientation(f Format, file []byte) int {
	switch f {
	case JPEG:
		return tiffOrientation(jpegExif(file))
	case WebP:
		return tiffOrientation(webpExif(file))
	case PNG:
		return tiffOrientation(pngExif(file))
	}
	return 1
}

// jpegExif is the TIFF block of a JPEG's APP1 segment.
func jpegExif(b []byte) []byte {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker := b[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		if marker == 0xda || marker == 0xd9 { // the picture begins, or all ends
			return nil
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 || at+2+size > len(b) {
			return nil
		}
		if body := b[at+4 : at+2+size]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body[6:]
		}
		at += 2 + size
	}
	return nil
}

// webpExif is a WebP's EXIF chunk. Some programs write JPEG's prefix there too.
func webpExif(b []byte) []byte {
	for at := 12; at+8 <= len(b); {
		size := int64(binary.LittleEndian.Uint32(b[at+4:]))
		if int64(at)+8+size > int64(len(b)) {
			return nil
		}
		if string(b[at:at+4]) == "EXIF" {
			return bytes.TrimPrefix(b[at+8:at+8+int(size)], []byte("Exif\x00\x00"))
		}
		at += 8 + int(size) + int(size&1)
	}
	return nil
}

// pngExif is a PNG's eXIf chunk.
func pngExif(b []byte) []byte {
	for at := 8; at+12 <= len(b); {
		size := int64(binary.BigEndian.Uint32(b[at:]))
		if int64(at)+12+size > int64(len(b)) {
			return nil
		}
		if string(b[at+4:at+8]) == "eXIf" {
			return b[at+8 : at+8+int(size)]
		}
		at += 12 + int(size)
	}
	return nil
}

const orientationTag = 0x0112

// tiffOrientation looks for the tag in the first directory of a TIFF block.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	count := int64(order.Uint16(b[at:]))
	for i := range count {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(b)) {
			return 1
		}
		if order.Uint16(b[entry:]) != orientationTag {
			continue
		}
		if o := int(order.Uint16(b[entry+8:])); o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}
