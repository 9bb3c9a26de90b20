// SPDX-License-Identifier: Apache-2.0
// zstd: the streaming calls that are stable since version 1.4. A frame may ask for a window of 128 MiB at most, the
// library's own default (`zstd -d` without `--long`).

#include "codec.h"

#include <pthread.h>
#include <string.h>

const char *const weft_zstd_name = "libzstd.so.1";

struct in_buffer {
  const void *bytes;
  size_t count, position;
};
struct out_buffer {
  void *bytes;
  size_t count, position;
};
enum { e_continue = 0, e_end = 2, reset_session_only = 1 };
enum { c_compression_level = 100, c_checksum_flag = 201 };

static struct {
  void *(*create_compressor)(void);
  size_t (*free_compressor)(void *);
  size_t (*set_parameter)(void *, int parameter, int value);
  size_t (*compress)(void *, struct out_buffer *, struct in_buffer *, int directive);
  size_t (*reset_compressor)(void *, int directive);
  void *(*create_decompressor)(void);
  size_t (*free_decompressor)(void *);
  size_t (*decompress)(void *, struct out_buffer *, struct in_buffer *);
  size_t (*reset_decompressor)(void *, int directive);
  unsigned (*is_error)(size_t);
  const char *(*error_name)(size_t);
  bool is_open;
} zstd;
static pthread_mutex_t opening_lock = PTHREAD_MUTEX_INITIALIZER;

bool weft_zstd_open(const char *name, struct weft_library_detail *detail) {
  *detail = (struct weft_library_detail){0};
  pthread_mutex_lock(&opening_lock);
  bool keeps = strcmp(name, weft_zstd_name) == 0;
  bool is_open = keeps && zstd.is_open;
  if (!is_open) {
    __typeof__(zstd) table = {0};
    const struct weft_symbol symbols[] = {
        {"ZSTD_createCCtx", &table.create_compressor},    {"ZSTD_freeCCtx", &table.free_compressor},
        {"ZSTD_CCtx_setParameter", &table.set_parameter}, {"ZSTD_compressStream2", &table.compress},
        {"ZSTD_CCtx_reset", &table.reset_compressor},     {"ZSTD_createDCtx", &table.create_decompressor},
        {"ZSTD_freeDCtx", &table.free_decompressor},      {"ZSTD_decompressStream", &table.decompress},
        {"ZSTD_DCtx_reset", &table.reset_decompressor},   {"ZSTD_isError", &table.is_error},
        {"ZSTD_getErrorName", &table.error_name},
    };
    is_open = weft_library_open(name, symbols, sizeof symbols / sizeof *symbols, detail) != NULL;
    table.is_open = is_open;
    if (is_open && keeps) zstd = table;
  }
  pthread_mutex_unlock(&opening_lock);
  return is_open;
}

bool weft_zstd_start(struct weft_codec *codec, int level) {
  if (!weft_codec_compresses(codec)) return (codec->zstd = zstd.create_decompressor()) != NULL;
  codec->zstd = zstd.create_compressor();
  if (codec->zstd == NULL) return false;
  // A checksum of the content at the end of the frame, as the `zstd` program writes it: readers find damage by it.
  if (!zstd.is_error(zstd.set_parameter(codec->zstd, c_compression_level, level)) &&
      !zstd.is_error(zstd.set_parameter(codec->zstd, c_checksum_flag, 1)))
    return true;
  zstd.free_compressor(codec->zstd);
  return false;
}

void weft_zstd_restart(struct weft_codec *codec) {
  (weft_codec_compresses(codec) ? zstd.reset_compressor : zstd.reset_decompressor)(codec->zstd, reset_session_only);
}

void weft_zstd_end(struct weft_codec *codec) {
  (weft_codec_compresses(codec) ? zstd.free_compressor : zstd.free_decompressor)(codec->zstd);
}

struct weft_codec_step weft_zstd_run(
    struct weft_codec *codec, const void *input, size_t input_count, void *output, size_t output_count, bool finish) {
  struct in_buffer in = {input, input_count, 0};
  struct out_buffer out = {output, output_count, 0};
  bool compresses = weft_codec_compresses(codec);
  size_t result = compresses ? zstd.compress(codec->zstd, &out, &in, finish ? e_end : e_continue)
                             : zstd.decompress(codec->zstd, &out, &in);
  struct weft_codec_step step = {.consumed = in.position, .produced = out.position};
  if (zstd.is_error(result)) {
    codec->detail = zstd.error_name(result);
    step.status = strstr(codec->detail, "llocation") ? weft_codec_out_of_memory : weft_codec_damaged;
  } else if (result == 0 && (!compresses || finish)) {
    step.status = weft_codec_ended;
  }
  return step;
}
