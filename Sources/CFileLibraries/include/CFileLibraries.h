// SPDX-License-Identifier: Apache-2.0
//
// The libraries that some file formats need, opened on first use: zlib, zstd and HDF5. None is linked and no header of
// theirs is needed: who reads neither compressed nor HDF5 files needs none of them, and no start of the program pays
// for them. `MatrixFiles` is the only caller.

#ifndef WEFT_CFILELIBRARIES_H
#define WEFT_CFILELIBRARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hdf5.h"

// Why a library could not be opened; empty where it was.
struct weft_library_detail {
  char text[256];
};

// Opens zlib or zstd under its name, once for the process; another name (tests) is opened, looked at and not kept.
// The answer is whether `weft_codec_create` and `weft_crc32` will find it.
bool weft_zlib_open(const char *name, struct weft_library_detail *detail);
bool weft_zstd_open(const char *name, struct weft_library_detail *detail);
extern const char *const weft_zlib_name;
extern const char *const weft_zstd_name;

// One direction of one compressed format, as a machine that is fed pieces.
enum weft_codec_kind {
  weft_codec_gunzip,
  weft_codec_inflate,  // deflate without a header: a member of a ZIP archive
  weft_codec_unzstd,
  weft_codec_gzip,
  weft_codec_deflate,
  weft_codec_zstd,
};

enum weft_codec_status {
  weft_codec_running,
  weft_codec_ended,  // of this gzip member or zstd frame; another may follow after `weft_codec_restart`
  weft_codec_damaged,
  weft_codec_out_of_memory,
};

struct weft_codec_step {
  size_t consumed, produced;
  enum weft_codec_status status;
};

struct weft_codec;

// NULL where there is no memory. The library must be open. `level` is the compressor's own scale.
struct weft_codec *weft_codec_create(enum weft_codec_kind kind, int level);
void weft_codec_free(struct weft_codec *codec);

// Goes on as far as input and output reach. `finish`: no input will follow this piece; matters to compressors only.
struct weft_codec_step weft_codec_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish);

// Ready for the first byte of a new member or frame.
void weft_codec_restart(struct weft_codec *codec);

// What the library says about the damage, in its own words; may be empty.
const char *weft_codec_detail(const struct weft_codec *codec);

// zlib's CRC-32, continued from `crc`; zlib must be open.
uint32_t weft_crc32(uint32_t crc, const void *bytes, size_t count);

#endif
