// SPDX-License-Identifier: Apache-2.0
// A codec hands every call on to its library.

#include "codec.h"

#include <stdlib.h>

static bool is_zstd(const struct weft_codec *codec) {
  return codec->kind == weft_codec_zstd || codec->kind == weft_codec_unzstd;
}

struct weft_codec *weft_codec_create(enum weft_codec_kind kind, int level) {
  struct weft_codec *codec = calloc(1, sizeof *codec);
  if (codec == NULL) return NULL;
  codec->kind = kind;
  codec->detail = "";
  if ((is_zstd(codec) ? weft_zstd_start : weft_zlib_start)(codec, level)) return codec;
  free(codec);
  return NULL;
}

void weft_codec_free(struct weft_codec *codec) {
  (is_zstd(codec) ? weft_zstd_end : weft_zlib_end)(codec);
  free(codec);
}

void weft_codec_restart(struct weft_codec *codec) {
  codec->detail = "";
  (is_zstd(codec) ? weft_zstd_restart : weft_zlib_restart)(codec);
}

const char *weft_codec_detail(const struct weft_codec *codec) { return codec->detail; }

struct weft_codec_step weft_codec_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish) {
  return (is_zstd(codec) ? weft_zstd_run : weft_zlib_run)(codec, input, input_count, output, output_count, finish);
}
