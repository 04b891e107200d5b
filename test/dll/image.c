#include "image.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_ELEMENTS = 100000, LONGEST_TEXT = 65536 };

BOOL readable(const void *address, UINT64 size) {
  const BYTE *at = address, *end = at + size;
  while (at < end) {
    MEMORY_BASIC_INFORMATION region;
    if (!VirtualQuery(at, &region, sizeof region) || region.State != MEM_COMMIT) return FALSE;
    if (region.Protect & (PAGE_NOACCESS | PAGE_GUARD)) return FALSE;
    at = (const BYTE *)region.BaseAddress + region.RegionSize;
  }
  return TRUE;
}

static void wrong(struct image *image, DWORD status) {
  if (!image->status) image->status = status;
}

static UINT32 reserve(struct image *image, UINT32 size) {
  UINT32 at = (image->size + 7) & ~7u;
  if (at + size > image->room) {
    UINT32 room = (at + size) * 2 + 256;
    image->bytes = realloc(image->bytes, room);
    memset(image->bytes + image->room, 0, room - image->room);
    image->room = room;
  }
  image->size = at + size;
  return at;
}

/* Everything is addressed by offset because the block may move while it grows. */
static void point(struct image *image, UINT32 at, UINT64 target) {
  memcpy(image->bytes + at, &target, sizeof target);
}

static void copy_behind(struct image *image, UINT32 at, const void *source, UINT64 size) {
  if (!readable(source, size)) {
    wrong(image, ERROR_NOACCESS);
    return;
  }
  UINT32 target = reserve(image, (UINT32)size);
  memcpy(image->bytes + target, source, size);
  point(image, at, target);
}

static UINT64 text_size(const wchar_t *text) {
  for (UINT32 i = 0; i < LONGEST_TEXT; i++) {
    if ((i == 0 || ((UINT_PTR)(text + i) & 4095) < 2) && !readable(text + i, 2)) return 0;
    if (!text[i]) return (i + 1) * sizeof(wchar_t);
  }
  return 0;
}

static UINT64 ansi_size(const char *text) {
  for (UINT32 i = 0; i < LONGEST_TEXT; i++) {
    if ((i == 0 || ((UINT_PTR)(text + i) & 4095) == 0) && !readable(text + i, 1)) return 0;
    if (!text[i]) return i + 1;
  }
  return 0;
}

static UINT64 sid_size(const BYTE *sid) {
  if (!readable(sid, 8) || sid[0] != SID_REVISION || sid[1] > SID_MAX_SUB_AUTHORITIES) return 0;
  return 8 + 4 * (UINT64)sid[1];
}

static void copy_sized(struct image *image, UINT32 at, const void *source, UINT64 size) {
  if (!source) return;
  if (size == 0) wrong(image, ERROR_NOACCESS);
  else copy_behind(image, at, source, size);
}

static void copy_blob(struct image *image, UINT32 at, const FWP_BYTE_BLOB *blob) {
  FWP_BYTE_BLOB *copy = (FWP_BYTE_BLOB *)(image->bytes + at);
  copy->size = blob->size;
  if (blob->size > 0 && !blob->data) wrong(image, RPC_X_NULL_REF_POINTER);
  else if (blob->size > 0x1000000) wrong(image, RPC_S_INVALID_BOUND);
  else if (blob->size > 0) copy_behind(image, at + offsetof(FWP_BYTE_BLOB, data), blob->data, blob->size);
}

static void copy_structure(struct image *image, const struct shape *shape, UINT32 at, const struct shape *source, const BYTE *from);

static void copy_elements(struct image *image, const struct field *field, const struct shape *source, UINT32 at,
                          const BYTE *elements, UINT32 count) {
  if (!elements && count > 0) wrong(image, RPC_X_NULL_REF_POINTER);
  if (!elements) return;
  if (count > MOST_ELEMENTS) wrong(image, RPC_S_INVALID_BOUND);
  else if (!readable(elements, (UINT64)count * source->size)) wrong(image, ERROR_NOACCESS);
  if (image->status) return;
  UINT32 target = reserve(image, count * field->of->size);
  point(image, at, target);
  for (UINT32 i = 0; i < count; i++)
    copy_structure(image, field->of, target + i * field->of->size, source, elements + i * source->size);
}

static const void *pointer_at(const BYTE *from) { return *(void *const *)from; }

/* `origin` is the field's counterpart in the structure that is read. */
static void copy_value(struct image *image, const struct field *field, const struct field *origin, UINT32 at,
                       const BYTE *from, const BYTE *parent) {
  const void *text;
  switch (field->how) {
  case AS_PART: copy_structure(image, field->of, at, origin->of, from); break;
  case AS_BLOB: copy_blob(image, at, (const FWP_BYTE_BLOB *)from); break;
  case AS_TEXT: text = pointer_at(from), copy_sized(image, at, text, text ? text_size(text) : 0); break;
  case AS_ANSI: text = pointer_at(from), copy_sized(image, at, text, text ? ansi_size(text) : 0); break;
  case AS_SID: text = pointer_at(from), copy_sized(image, at, text, text ? sid_size(text) : 0); break;
  case AS_ONE: copy_elements(image, field, origin->of, at, pointer_at(from), pointer_at(from) ? 1 : 0); break;
  case AS_MANY:
    copy_elements(image, field, origin->of, at, pointer_at(from), *(const UINT32 *)(parent + origin->count));
    break;
  default: memcpy(image->bytes + at, from, field->size);
  }
}

static const struct field *counterpart(const struct shape *source, const struct field *field) {
  for (UINT32 i = 0; i < source->count; i++)
    if (source->fields[i].how == field->how && strcmp(source->fields[i].name, field->name) == 0) return &source->fields[i];
  return NULL;
}

/* Only living fields are copied: padding and dead union arms stay zero. */
static void copy_structure(struct image *image, const struct shape *shape, UINT32 at, const struct shape *source,
                           const BYTE *from) {
  if (shape->count == 0) {
    struct field scalar = {.how = shape->how, .size = shape->size};
    copy_value(image, &scalar, &scalar, at, from, from);
    return;
  }
  for (UINT32 i = 0; i < shape->count && !image->status; i++) {
    const struct field *field = &shape->fields[i];
    const struct field *origin = source == shape ? field : counterpart(source, field);
    if (origin && field_alive(origin, from))
      copy_value(image, field, origin, at + field->offset, from + origin->offset, from);
  }
}

DWORD image_take(struct image *image, const struct shape *shape, const void *live, UINT32 count) {
  return image_take_as(image, shape, shape, live, count);
}

DWORD image_take_as(struct image *image, const struct shape *shape, const struct shape *source, const void *live, UINT32 count) {
  *image = (struct image){0};
  if (!live) return image->status = RPC_X_NULL_REF_POINTER;
  if (!readable(live, (UINT64)source->size * count)) return image->status = ERROR_NOACCESS;
  reserve(image, shape->size * count);
  for (UINT32 i = 0; i < count; i++)
    copy_structure(image, shape, i * shape->size, source, (const BYTE *)live + i * source->size);
  return image->status;
}

void image_free(struct image *image) {
  free(image->bytes);
  *image = (struct image){0};
}

static BYTE *place_pointer(BYTE *at, BYTE *base) {
  UINT64 offset = *(UINT64 *)at;
  if (offset == 0) return NULL;
  BYTE *target = base + offset;
  memcpy(at, &target, sizeof target);
  return target;
}

static void hide_secret(FWP_BYTE_BLOB *blob) {
  if (blob->data) SecureZeroMemory(blob->data, blob->size);
  *blob = (FWP_BYTE_BLOB){0};
}

static void place_value(const struct field *field, BYTE *at, BYTE *parent, BYTE *base, BOOL hide) {
  BYTE *target;
  switch (field->how) {
  case AS_PART:
    image_place(field->of, at, base, hide);
    if (hide && field->secret) hide_secret((FWP_BYTE_BLOB *)at);
    break;
  case AS_BLOB: place_pointer(at + offsetof(FWP_BYTE_BLOB, data), base); break;
  case AS_TEXT:
  case AS_ANSI:
  case AS_SID: place_pointer(at, base); break;
  case AS_ONE:
  case AS_MANY:
    target = place_pointer(at, base);
    if (!target) break;
    for (UINT32 i = 0, n = field->how == AS_ONE ? 1 : *(UINT32 *)(parent + field->count); i < n; i++)
      image_place(field->of, target + i * field->of->size, base, hide);
    break;
  default: break;
  }
}

void image_place(const struct shape *shape, BYTE *structure, BYTE *base, BOOL hide) {
  if (shape->count == 0) {
    struct field scalar = {.how = shape->how, .size = shape->size};
    place_value(&scalar, structure, structure, base, hide);
    return;
  }
  for (UINT32 i = 0; i < shape->count; i++) {
    const struct field *field = &shape->fields[i];
    if (field_alive(field, structure)) place_value(field, structure + field->offset, structure, base, hide);
  }
}
