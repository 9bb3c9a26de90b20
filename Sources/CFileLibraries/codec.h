// SPDX-License-Identifier: Apache-2.0
// What codec.c, zlib.c and zstd.c share.

#ifndef WEFT_CODEC_H
#define WEFT_CODEC_H

#include "library.h"

// zlib's z_stream. zlib keeps its address, so it lives in a codec of the heap and never moves.
struct weft_z_stream {
  const unsigned char *next_in;
  unsigned avail_in;
  unsigned long total_in;
  unsigned char *next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char *msg;
  void *state, *zalloc, *zfree, *opaque;
  int data_type;
  unsigned long adler, reserved;
};
_Static_assert(sizeof(struct weft_z_stream) == 112, "zlib checks the size of its struct");

struct weft_codec {
  enum weft_codec_kind kind;
  const char *detail;
  union {
    struct weft_z_stream z;
    void *zstd;
  };
};

static inline bool weft_codec_compresses(const struct weft_codec *codec) { return codec->kind >= weft_codec_gzip; }

bool weft_zlib_start(struct weft_codec *codec, int level);
void weft_zlib_restart(struct weft_codec *codec);
void weft_zlib_end(struct weft_codec *codec);
struct weft_codec_step weft_zlib_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish);

bool weft_zstd_start(struct weft_codec *codec, int level);
void weft_zstd_restart(struct weft_codec *codec);
void weft_zstd_end(struct weft_codec *codec);
struct weft_codec_step weft_zstd_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish);

#endif
