package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // for image.Decode
	"image/jpeg"
	_ "image/png"
	"io"
)

const (
	maxPixels   = 25_000_000 // of a photo
	maxDecoding = 2          // photos at the same time
	thumbSize   = 320        // pixels of the longer side
)

var (
	errTooManyPixels = errors.New("it has too many pixels")
	errBroken        = errors.New("it cannot be decoded")
)

// thumbnail returns a small JPEG of an image. As it is encoded anew, it has nothing of the file but what can be seen:
// neither places and times of the camera, nor what somebody has hidden behind the first bytes. It is not turned, for
// which way is up is also only in what the camera adds.
func thumbnail(r io.ReadSeeker) ([]byte, error) {
	// A few bytes may claim to be an image of 65,535 times 65,535 pixels, and unpack to 16 GiB. So look first.
	head, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	if int64(head.Width)*int64(head.Height) > maxPixels {
		return nil, errTooManyPixels
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	full, _, err := image.Decode(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	if full.Bounds().Empty() {
		return nil, errBroken
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, shrunk(full), &jpeg.Options{Quality: 80})
	return b.Bytes(), err
}

// shrunk returns an image in which each pixel is the mean of up to 16 of the larger one, on white where that is
// transparent. The standard library has no better; golang.org/x/image/draw does.
func shrunk(full image.Image) image.Image {
	b := full.Bounds()
	w, h := fit(b.Dx(), b.Dy())
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	const steps = 4
	at := func(i, from, to int) int { return i * from / (to * steps) } // the place of a sample in the larger image
	over := image.NewRGBA(small.Bounds())
	for y := range h {
		for x := range w {
			var sum [4]uint32
			for i := range steps * steps {
				c := full.At(b.Min.X+at(x*steps+i%steps, b.Dx(), w), b.Min.Y+at(y*steps+i/steps, b.Dy(), h))
				red, green, blue, alpha := c.RGBA()
				for j, v := range [4]uint32{red, green, blue, alpha} {
					sum[j] += v
				}
			}
			for j := range sum {
				sum[j] /= steps * steps * 0x101 // from 16 bits to 8
			}
			over.SetRGBA(x, y, color.RGBA{uint8(sum[0]), uint8(sum[1]), uint8(sum[2]), uint8(sum[3])})
		}
	}
	draw.Draw(small, small.Bounds(), over, image.Point{}, draw.Over)
	return small
}

// fit returns the size of the small image, which keeps the proportions, and is never larger.
func fit(w, h int) (int, int) {
	longer := max(w, h, thumbSize)
	return max(w*thumbSize/longer, 1), max(h*thumbSize/longer, 1)
}
