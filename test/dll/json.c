#include "json.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_room(struct text *text, UINT32 size) {
  if (text->size + size < text->room) return;
  text->room = (text->size + size) * 2 + 256;
  text->bytes = realloc(text->bytes, text->room);
}

void text_add(struct text *text, const char *format, ...) {
  va_list arguments;
  char piece[512];
  va_start(arguments, format);
  int length = vsnprintf(piece, sizeof piece, format, arguments);
  va_end(arguments);
  make_room(text, (UINT32)length + 1);
  memcpy(text->bytes + text->size, piece, (size_t)length + 1);
  text->size += (UINT32)length;
}

void text_free(struct text *text) {
  free(text->bytes);
  *text = (struct text){0};
}

void json_guid(struct text *out, const GUID *g) {
  text_add(out, "\"%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x\"", g->Data1, g->Data2, g->Data3, g->Data4[0],
           g->Data4[1], g->Data4[2], g->Data4[3], g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
}

void json_hex(struct text *out, const BYTE *bytes, UINT32 size) {
  text_add(out, "\"");
  for (UINT32 i = 0; i < size; i++) text_add(out, "%02x", bytes[i]);
  text_add(out, "\"");
}

static void json_unit(struct text *out, unsigned unit) {
  if (unit == '"' || unit == '\\') text_add(out, "\\%c", unit);
  else if (unit < 0x20 || unit > 0x7e) text_add(out, "\\u%04x", unit);
  else text_add(out, "%c", unit);
}

static void json_wide(struct text *out, const wchar_t *text) {
  text_add(out, "\"");
  for (; *text; text++) json_unit(out, *text);
  text_add(out, "\"");
}

static void json_ansi(struct text *out, const char *text) {
  text_add(out, "\"");
  for (; *text; text++) json_unit(out, (unsigned char)*text);
  text_add(out, "\"");
}

static void json_number(struct text *out, const BYTE *at, UINT32 size) {
  UINT64 value = 0;
  memcpy(&value, at, size);
  text_add(out, size == 8 ? "\"%I64u\"" : "%I64u", value);
}

static void json_signed(struct text *out, const BYTE *at, UINT32 size) {
  if (size == 8) text_add(out, "\"%I64d\"", *(const INT64 *)at);
  else text_add(out, "%d", size == 1 ? *(const INT8 *)at : size == 2 ? *(const INT16 *)at : *(const INT32 *)at);
}

static void json_real(struct text *out, double value) {
  if (value - value == 0) text_add(out, "%.17g", value);
  else text_add(out, value > 0 ? "\"inf\"" : "\"-inf\"");
}

static void json_elements(struct text *out, const struct field *field, const BYTE *target, UINT32 count, const BYTE *base) {
  text_add(out, "[");
  for (UINT32 i = 0; i < count; i++) {
    if (i) text_add(out, ",");
    json_structure(out, field->of, target + i * field->of->size, base);
  }
  text_add(out, "]");
}

static const BYTE *follow(const BYTE *at, const BYTE *base) {
  UINT64 pointer = *(const UINT64 *)at;
  return pointer ? base + pointer : NULL;
}

static BOOL is_pointer(enum how how) { return how == AS_TEXT || how == AS_ANSI || how == AS_SID || how == AS_ONE || how == AS_MANY; }

static void json_value(struct text *out, const struct field *field, const BYTE *at, const BYTE *parent, const BYTE *base) {
  const BYTE *target = is_pointer(field->how) ? follow(at, base) : NULL;
  if (is_pointer(field->how) && !target) {
    text_add(out, "null");
    return;
  }
  switch (field->how) {
  case AS_NUMBER: json_number(out, at, field->size); break;
  case AS_SIGNED: json_signed(out, at, field->size); break;
  case AS_REAL: json_real(out, field->size == 4 ? *(const float *)at : *(const double *)at); break;
  case AS_BYTES: json_hex(out, at, field->size); break;
  case AS_GUID: json_guid(out, (const GUID *)at); break;
  case AS_BLOB: {
    const BYTE *data = follow(at + offsetof(FWP_BYTE_BLOB, data), base);
    json_hex(out, data, data ? ((const FWP_BYTE_BLOB *)at)->size : 0);
    break;
  }
  case AS_TEXT: json_wide(out, (const wchar_t *)target); break;
  case AS_ANSI: json_ansi(out, (const char *)target); break;
  case AS_SID: json_hex(out, target, 8 + 4 * (UINT32)target[1]); break;
  case AS_PART: json_structure(out, field->of, at, base); break;
  case AS_ONE: json_structure(out, field->of, target, base); break;
  case AS_MANY: json_elements(out, field, target, *(const UINT32 *)(parent + field->count), base); break;
  }
}

void json_structure(struct text *out, const struct shape *shape, const BYTE *structure, const BYTE *base) {
  if (shape->count == 0) {
    struct field scalar = {.how = shape->how, .size = shape->size};
    json_value(out, &scalar, structure, structure, base);
    return;
  }
  const char *comma = "";
  text_add(out, "{");
  for (UINT32 i = 0; i < shape->count; i++) {
    const struct field *field = &shape->fields[i];
    if (!field_alive(field, structure)) continue;
    text_add(out, "%s\"%s\":", comma, field->name);
    json_value(out, field, structure + field->offset, structure, base);
    comma = ",";
  }
  text_add(out, "}");
}
