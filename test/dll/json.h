/* What was received, as JSON: SDK field names, numbers, 64-bit numbers as decimal texts, GUIDs as texts, bytes as hex. */
#pragma once
#include "shape.h"

struct text {
  char *bytes;
  UINT32 size, room;
};

void text_add(struct text *text, const char *format, ...);
void text_free(struct text *text);
void json_guid(struct text *out, const GUID *guid);
void json_hex(struct text *out, const BYTE *bytes, UINT32 size);

/* `base` is what pointers count from: NULL for live memory, the start of the block for an image. */
void json_structure(struct text *out, const struct shape *shape, const BYTE *structure, const BYTE *base);
