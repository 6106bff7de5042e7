package main

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

func TestShrunk(t *testing.T) {
	red := image.NewUniform(color.RGBA{200, 0, 0, 255})
	for _, test := range []struct {
		name                string
		bounds              image.Rectangle
		wantX, wantY        int
		left                image.Image // the right half is transparent
		wantLeft, wantRight color.RGBA
	}{
		{"wide", image.Rect(0, 0, 640, 320), 320, 160, red, color.RGBA{200, 0, 0, 255}, color.RGBA{255, 255, 255, 255}},
		{"high, and not from 0", image.Rect(-10, 5, 390, 1605), 80, 320, red, color.RGBA{200, 0, 0, 255}, color.RGBA{255, 255, 255, 255}},
		{"small stays small", image.Rect(0, 0, 4, 2), 4, 2, red, color.RGBA{200, 0, 0, 255}, color.RGBA{255, 255, 255, 255}},
		{"a line", image.Rect(0, 0, 2, 4000), 1, 320, nil, color.RGBA{255, 255, 255, 255}, color.RGBA{255, 255, 255, 255}},
		{"half transparent", image.Rect(0, 0, 8, 8), 8, 8, image.NewUniform(color.NRGBA{0, 0, 0, 128}),
			color.RGBA{127, 127, 127, 255}, color.RGBA{255, 255, 255, 255}},
	} {
		t.Run(test.name, func(t *testing.T) {
			full := image.NewRGBA(test.bounds) // transparent
			if test.left != nil {
				half := test.bounds
				half.Max.X = half.Min.X + half.Dx()/2
				draw.Draw(full, half, test.left, image.Point{}, draw.Src)
			}
			small := shrunk(full)
			b := small.Bounds()
			if b.Dx() != test.wantX || b.Dy() != test.wantY {
				t.Fatalf("%v, want %d by %d", b, test.wantX, test.wantY)
			}
			if got := small.At(0, b.Dy()/2); got != test.wantLeft {
				t.Errorf("left %v, want %v", got, test.wantLeft)
			}
			if got := small.At(b.Dx()-1, b.Dy()/2); got != test.wantRight {
				t.Errorf("right %v, want %v", got, test.wantRight)
			}
		})
	}
}
