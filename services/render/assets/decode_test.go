package assets

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// corner is a picture of 32 x 16, white but for a black first quarter on the left above.
func corner() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 32 {
			if x >= 16 || y >= 8 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

// exif is a TIFF block that tells nothing but an orientation.
func exif(order binary.AppendByteOrder, o uint16) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	b := order.AppendUint32([]byte(mark), 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, orientationTag)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, o)
	return append(b, 0, 0, 0, 0, 0, 0)
}

func jpegWith(t testing.TB, block []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, corner(), nil); err != nil {
		t.Fatal(err)
	}
	file := out.Bytes()
	body := append([]byte("Exif\x00\x00"), block...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append([]byte{}, file[:2]...), append(segment, body...)...), file[2:]...)
}

// TestOrientation turns a picture by all eight orientations and looks where its black quarter is.
func TestOrientation(t *testing.T) {
	// Where the first row and the first column of what is stored are seen, as Exif has it.
	want := map[uint16]string{
		1: "left above", 2: "right above", 3: "right below", 4: "left below",
		5: "left above", 6: "right above", 7: "right below", 8: "left below",
	}
	for o, where := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := jpegWith(t, exif(order, o))
			img, err := decode(JPEG, file)
			if err != nil {
				t.Fatal(err)
			}
			w, h, err := shown(JPEG, file)
			if err != nil || img.Bounds() != image.Rect(0, 0, w, h) || (w < h) != (o >= 5) {
				t.Errorf("orientation %d: bounds %v, shown as %d x %d, %v", o, img.Bounds(), w, h, err)
			}
			var got []string
			for y, row := range []string{"above", "below"} {
				for x, column := range []string{"left", "right"} {
					at := image.Pt(w/4+x*w/2, h/4+y*h/2)
					if r, _, _, _ := img.At(at.X, at.Y).RGBA(); r < 0x8000 {
						got = append(got, column+" "+row)
					}
				}
			}
			if strings.Join(got, ", ") != where {
				t.Errorf("orientation %d: black is %v, want %s", o, got, where)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	var asPNG, asGIF bytes.Buffer
	if err := png.Encode(&asPNG, corner()); err != nil {
		t.Fatal(err)
	}
	// An animation whose first picture covers a part of its canvas.
	part := image.NewPaletted(image.Rect(16, 8, 32, 16), color.Palette{color.White, color.Black})
	if err := gif.EncodeAll(&asGIF, &gif.GIF{Image: []*image.Paletted{part, part}, Delay: []int{1, 1}, Config: image.Config{Width: 32, Height: 16}}); err != nil {
		t.Fatal(err)
	}
	// A lossless WebP of one pixel.
	asWebP, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		format Format
		file   []byte
		want   image.Rectangle
	}{
		{PNG, asPNG.Bytes(), image.Rect(0, 0, 32, 16)},
		{GIF, asGIF.Bytes(), image.Rect(0, 0, 32, 16)},
		{WebP, asWebP, image.Rect(0, 0, 1, 1)},
	} {
		img, err := decode(tc.format, tc.file)
		if err != nil || img.Bounds() != tc.want {
			t.Errorf("%s: %v, %v", tc.format, img, err)
		}
		if _, err := decode(tc.format, tc.file[:len(tc.file)/2]); err == nil {
			t.Errorf("half a %s was decoded", tc.format)
		}
	}
	// The header of a PNG that would take 40 GB.
	huge := append([]byte{}, asPNG.Bytes()...)
	binary.BigEndian.PutUint32(huge[16:], 100_000)
	binary.BigEndian.PutUint32(huge[20:], 100_000)
	if _, err := decode(PNG, fixPNG(huge)); err == nil || !strings.Contains(err.Error(), "100000 x 100000 pixels; at most 40 million") {
		t.Errorf("a huge picture: %v", err)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(jpegWith(f, exif(binary.LittleEndian, 6)))
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPEXIF\x06\x00\x00\x00MM\x00*\x00\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x04eXIfII*\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, format := range []Format{JPEG, WebP, PNG, GIF} {
			if o := orientation(format, file); o < 1 || o > 8 {
				t.Errorf("%s: orientation %d", format, o)
			}
		}
		if o := tiffOrientation(file); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}
