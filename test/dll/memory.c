/* What callers get: always one block, always accounted for, released by FwpmFreeMemory0 alone. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

struct block {
  UINT64 seal, size;
};

static const UINT64 seal = 0x3146505754455354ull;
static volatile LONG live, bad_frees;

void *result_new(UINT64 size) {
  struct block *block = calloc(1, sizeof *block + size);
  block->seal = seal;
  block->size = size;
  InterlockedIncrement(&live);
  return block + 1;
}

EXPORT void WINAPI FwpmFreeMemory0(void **p) {
  if (!p || !*p) return;
  struct block *block = (struct block *)*p - 1;
  *p = NULL;
  if (!readable(block, sizeof *block) || block->seal != seal) {
    InterlockedIncrement(&bad_frees);
    return;
  }
  memset(block, 0xdd, sizeof *block + block->size); /* whoever reads on sees it */
  free(block);
  InterlockedDecrement(&live);
}

EXPORT INT32 WINAPI WfpctlTestLiveAllocations(void) { return live; }
EXPORT INT32 WINAPI WfpctlTestBadFrees(void) { return bad_frees; }

/* A stored object as an image of the version that was asked for, secrets left out. */
static DWORD show(const struct object *object, const struct shape *shape, struct image *image) {
  BYTE *copy = malloc(object->head.image_size);
  memcpy(copy, object->bytes, object->head.image_size);
  image_place(object_shape(object), copy, copy, TRUE);
  DWORD status = image_take_as(image, shape, object_shape(object), copy, 1);
  SecureZeroMemory(copy, object->head.image_size);
  free(copy);
  return status;
}

static BYTE *place(const struct shape *shape, const struct image *image, BYTE *at) {
  memcpy(at, image->bytes, image->size);
  image_place(shape, at, at, FALSE);
  return at;
}

DWORD result_object(const struct object *object, const struct shape *shape, void **out) {
  struct image image;
  DWORD status = show(object, shape, &image);
  if (!status) *out = place(shape, &image, result_new(image.size));
  image_free(&image);
  return status;
}

DWORD result_images(struct image *images, UINT32 count, const struct shape *shape, void ***entries) {
  UINT64 size = count * sizeof(void *);
  for (UINT32 i = 0; i < count; i++) size += (images[i].size + 7) & ~7u;
  BYTE *block = result_new(size), *at = block + count * sizeof(void *);
  for (UINT32 i = 0; i < count; i++) {
    ((void **)block)[i] = place(shape, &images[i], at);
    at += (images[i].size + 7) & ~7u;
  }
  *entries = (void **)block;
  return ERROR_SUCCESS;
}

DWORD result_objects(struct object **objects, UINT32 count, const struct shape *shape, void ***entries) {
  struct image *images = calloc(count + 1, sizeof *images);
  DWORD status = ERROR_SUCCESS;
  for (UINT32 i = 0; i < count && !status; i++) status = show(objects[i], shape, &images[i]);
  if (!status) status = result_images(images, count, shape, entries);
  for (UINT32 i = 0; i < count; i++) image_free(&images[i]);
  free(images);
  return status;
}
