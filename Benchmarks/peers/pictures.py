# SPDX-License-Identifier: Apache-2.0
"""Pillow's resize of a photograph-sized picture on one CPU.

    pictures.py        then requests: inputs.serve

`resize` brings a picture of SIZE×(3/4·SIZE) pixels, three channels, to 800×600 by Lanczos's filter. The picture is that of
PictureContests.swift.
"""
import numpy
from PIL import Image

from inputs import serve


def picture(width):
    height = width * 3 // 4
    x = numpy.arange(width, dtype=numpy.int64)[None, :, None]
    y = numpy.arange(height, dtype=numpy.int64)[:, None, None]
    c = numpy.arange(3, dtype=numpy.int64)[None, None, :]
    return ((7 * x + 13 * y + 31 * c + (x * x + 3 * y * y) // 4096) // 16 % 256).astype(numpy.uint8)


def make(width):
    image = Image.fromarray(picture(width))

    def run(_):
        return image.resize((800, 600), Image.Resampling.LANCZOS)

    return {"resize": (lambda: None, run, lambda small: round(float(numpy.asarray(small).mean()) / 4))}


if __name__ == "__main__":
    serve(make)
