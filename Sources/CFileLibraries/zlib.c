// SPDX-License-Identifier: Apache-2.0
// zlib: its few functions and its one struct, as its header has had them since version 1.0 (64-bit Linux).

#include "codec.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

const char *const weft_zlib_name = "libz.so.1";

enum { z_no_flush = 0, z_finish = 4, z_ok = 0, z_stream_end = 1, z_mem_error = -4, z_buf_error = -5 };
enum { z_deflated = 8, z_default_strategy = 0 };

static struct {
  int (*inflate_init)(struct weft_z_stream *, int window_bits, const char *version, int stream_size);
  int (*inflate)(struct weft_z_stream *, int flush);
  int (*inflate_reset)(struct weft_z_stream *);
  int (*inflate_end)(struct weft_z_stream *);
  int (*deflate_init)(
      struct weft_z_stream *, int level, int method, int window_bits, int memory_level, int strategy,
      const char *version, int stream_size);
  int (*deflate)(struct weft_z_stream *, int flush);
  int (*deflate_reset)(struct weft_z_stream *);
  int (*deflate_end)(struct weft_z_stream *);
  unsigned long (*crc32)(unsigned long crc, const unsigned char *bytes, unsigned count);
  const char *(*version)(void);
  bool is_open;
} zlib;
static pthread_mutex_t opening_lock = PTHREAD_MUTEX_INITIALIZER;

bool weft_zlib_open(const char *name, struct weft_library_detail *detail) {
  *detail = (struct weft_library_detail){0};
  pthread_mutex_lock(&opening_lock);
  bool keeps = strcmp(name, weft_zlib_name) == 0;
  bool is_open = keeps && zlib.is_open;
  if (!is_open) {
    __typeof__(zlib) table = {0};
    const struct weft_symbol symbols[] = {
        {"inflateInit2_", &table.inflate_init}, {"inflate", &table.inflate},
        {"inflateReset", &table.inflate_reset}, {"inflateEnd", &table.inflate_end},
        {"deflateInit2_", &table.deflate_init}, {"deflate", &table.deflate},
        {"deflateReset", &table.deflate_reset}, {"deflateEnd", &table.deflate_end},
        {"crc32", &table.crc32},                {"zlibVersion", &table.version},
    };
    is_open = weft_library_open(name, symbols, sizeof symbols / sizeof *symbols, detail) != NULL;
    table.is_open = is_open;
    if (is_open && keeps) zlib = table;
  }
  pthread_mutex_unlock(&opening_lock);
  return is_open;
}

uint32_t weft_crc32(uint32_t crc, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  while (count > 0) {
    unsigned piece = count < 1u << 30 ? (unsigned)count : 1u << 30;
    crc = (uint32_t)zlib.crc32(crc, at, piece);
    at += piece;
    count -= piece;
  }
  return crc;
}

bool weft_zlib_start(struct weft_codec *codec, int level) {
  const int size = sizeof codec->z, raw = -15, gzip = 15 + 16;
  const char *version = zlib.version();
  switch (codec->kind) {
    case weft_codec_gunzip: return zlib.inflate_init(&codec->z, gzip, version, size) == z_ok;
    case weft_codec_inflate: return zlib.inflate_init(&codec->z, raw, version, size) == z_ok;
    default: break;
  }
  int bits = codec->kind == weft_codec_gzip ? gzip : raw;
  return zlib.deflate_init(&codec->z, level, z_deflated, bits, 8, z_default_strategy, version, size) == z_ok;
}

void weft_zlib_restart(struct weft_codec *codec) {
  (weft_codec_compresses(codec) ? zlib.deflate_reset : zlib.inflate_reset)(&codec->z);
}

void weft_zlib_end(struct weft_codec *codec) {
  (weft_codec_compresses(codec) ? zlib.deflate_end : zlib.inflate_end)(&codec->z);
}

struct weft_codec_step weft_zlib_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish) {
  struct weft_z_stream *z = &codec->z;
  unsigned in = input_count < UINT_MAX ? (unsigned)input_count : UINT_MAX;
  unsigned out = output_count < UINT_MAX ? (unsigned)output_count : UINT_MAX;
  static const unsigned char nothing;
  z->next_in = input ? input : &nothing;
  z->avail_in = in;
  z->next_out = output;
  z->avail_out = out;
  int flush = finish && in == input_count ? z_finish : z_no_flush;
  int result = weft_codec_compresses(codec) ? zlib.deflate(z, flush) : zlib.inflate(z, z_no_flush);
  struct weft_codec_step step = {.consumed = in - z->avail_in, .produced = out - z->avail_out};
  codec->detail = z->msg ? z->msg : "";
  switch (result) {
    case z_ok:
    case z_buf_error: step.status = weft_codec_running; break;  // no progress was possible: more input, or more room
    case z_stream_end: step.status = weft_codec_ended; break;
    case z_mem_error: step.status = weft_codec_out_of_memory; break;
    default: step.status = weft_codec_damaged; break;
  }
  return step;
}
