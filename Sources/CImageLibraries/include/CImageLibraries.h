// SPDX-License-Identifier: Apache-2.0
//
// libpng and TurboJPEG as tables of function pointers. Neither is linked, and none of their headers is needed: what is
// declared here is their stable, documented interface. `Pictures` opens them on first use and is the only caller.

#ifndef WEFT_CIMAGELIBRARIES_H
#define WEFT_CIMAGELIBRARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// For Swift: nothing here changes after it was filled, and a routine may be called from any thread.
#define WEFT_SENDABLE __attribute__((swift_attr("@Sendable")))

// libpng's `png_image`, version 1, the same since 1.6.0 of 2013: the whole state of its simplified interface. That one
// is taken since it needs no `setjmp` of the caller, which Swift could not give.
struct weft_png_image {
  void *_Nullable opaque;
  uint32_t version;
  uint32_t width;
  uint32_t height;
  uint32_t format;
  uint32_t flags;
  uint32_t colormap_entries;
  uint32_t warning_or_error;  // 0 nothing, 1 a warning; bit 1 an error
  char message[64];           // always terminated
};

enum { weft_png_version = 1 };
enum { weft_png_alpha = 1, weft_png_colour = 2 };         // of `format`: 8-bit sRGB samples, grey where not colour
enum { weft_png_16_bit_is_srgb = 4 };                    // of `flags`: what a 16-bit file means that does not say it

// TurboJPEG's pixel formats, ways to store colour, colour spaces and flags, as its header numbers them.
enum { weft_jpeg_rgb = 0, weft_jpeg_gray = 6 };
enum { weft_jpeg_444 = 0, weft_jpeg_420 = 2, weft_jpeg_single = 3 };
enum { weft_jpeg_space_gray = 2, weft_jpeg_space_cmyk = 3, weft_jpeg_space_ycck = 4 };
enum { weft_jpeg_no_reallocation = 1024, weft_jpeg_accurate_dct = 4096, weft_jpeg_limit_scans = 32768 };

#pragma clang assume_nonnull begin

// As in png.h. The first three answer 0 where they failed; `png_image_write_to_memory` also where `byte_count` is too
// small.
struct WEFT_SENDABLE weft_png {
  int (*WEFT_SENDABLE begin_read)(struct weft_png_image *image, const void *bytes, size_t byte_count);
  int (*WEFT_SENDABLE finish_read)(
      struct weft_png_image *image, const void *_Nullable background, void *buffer, int32_t row_stride,
      void *_Nullable colormap);
  int (*WEFT_SENDABLE write)(
      struct weft_png_image *image, void *bytes, size_t *byte_count, int convert_to_8_bit, const void *buffer,
      int32_t row_stride, const void *_Nullable colormap);
  void (*WEFT_SENDABLE free)(struct weft_png_image *image);
};

// As in turbojpeg.h: the interface of version 2, which version 3 still has. Those that give an int answer 0, or -1 with
// `error_text`, also for a warning.
struct WEFT_SENDABLE weft_jpeg {
  void *_Nullable (*_Nonnull WEFT_SENDABLE begin_read)(void);
  int (*WEFT_SENDABLE read_header)(
      void *handle, const unsigned char *bytes, unsigned long byte_count, int *width, int *height, int *subsampling,
      int *colour_space);
  int (*WEFT_SENDABLE read)(
      void *handle, const unsigned char *bytes, unsigned long byte_count, unsigned char *pixels, int width,
      int row_stride, int height, int pixel_format, int flags);
  void *_Nullable (*_Nonnull WEFT_SENDABLE begin_write)(void);
  int (*WEFT_SENDABLE write)(
      void *handle, const unsigned char *pixels, int width, int row_stride, int height, int pixel_format,
      unsigned char *_Nullable *_Nonnull bytes, unsigned long *byte_count, int subsampling, int quality, int flags);
  unsigned long (*WEFT_SENDABLE greatest_byte_count)(int width, int height, int subsampling);
  int (*WEFT_SENDABLE end)(void *handle);
  char *_Nullable (*_Nonnull WEFT_SENDABLE error_text)(void *handle);
};

enum weft_image_library_status {
  weft_image_library_opened,
  weft_image_library_not_opened,  // detail: the loader's own words
  weft_image_library_wrong,       // detail: the first name that the library does not have
};

struct weft_image_library_opening {
  enum weft_image_library_status status;
  char detail[256];  // where it is not opened; always terminated
};

// Opens `library` (a name for the loader's search, or a path with a slash in it). The table lives as long as the
// process; NULL where `opening` says why there is none. Never closes what it opened.
const struct weft_png *_Nullable weft_png_open(const char *library, struct weft_image_library_opening *opening);
const struct weft_jpeg *_Nullable weft_jpeg_open(const char *library, struct weft_image_library_opening *opening);

#pragma clang assume_nonnull end

#endif
