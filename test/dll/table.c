/* Objects and tables of them. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

struct object *object_new(const struct head *head, const BYTE *image, const BYTE *sd) {
  struct object *object = malloc(sizeof *object + head->image_size + head->sd_size);
  object->references = 1;
  object->head = *head;
  memcpy(object->bytes, image, head->image_size);
  if (head->sd_size) memcpy(object->bytes + head->image_size, sd, head->sd_size);
  return object;
}

void object_release(struct object *object) {
  if (InterlockedDecrement(&object->references) == 0) free(object);
}

const struct shape *object_shape(const struct object *object) {
  static const struct shape *const contexts[] = {&shape_FWPM_PROVIDER_CONTEXT0, &shape_FWPM_PROVIDER_CONTEXT1,
                                                 &shape_FWPM_PROVIDER_CONTEXT2, &shape_FWPM_PROVIDER_CONTEXT3};
  if (object->head.kind == KIND_PROVIDER) return &shape_FWPM_PROVIDER0;
  if (object->head.kind == KIND_FILTER) return &shape_FWPM_FILTER0;
  return contexts[object->head.version];
}

BYTE *object_sd(struct object *object) { return object->bytes + object->head.image_size; }
const FWPM_PROVIDER_CONTEXT0 *object_context(const struct object *object) { return (const FWPM_PROVIDER_CONTEXT0 *)object->bytes; }
const FWPM_FILTER0 *object_filter(const struct object *object) { return (const FWPM_FILTER0 *)object->bytes; }

const GUID *object_provider_key(const struct object *object) {
  if (object->head.kind == KIND_PROVIDER) return NULL;
  UINT64 offset = (UINT64)(object->head.kind == KIND_CONTEXT ? object_context(object)->providerKey : object_filter(object)->providerKey);
  return offset ? (const GUID *)(object->bytes + offset) : NULL;
}

void table_copy(struct table *to, const struct table *from) {
  *to = *from;
  to->room = from->count;
  to->objects = malloc((from->count + 1) * sizeof *to->objects);
  for (UINT32 i = 0; i < from->count; i++) {
    to->objects[i] = from->objects[i];
    InterlockedIncrement(&to->objects[i]->references);
  }
}

void table_free(struct table *table) {
  for (UINT32 i = 0; i < table->count; i++) object_release(table->objects[i]);
  free(table->objects);
  *table = (struct table){0};
}

void table_add(struct table *table, struct object *object) {
  if (table->count == table->room) {
    table->room = table->room * 2 + 64;
    table->objects = realloc(table->objects, table->room * sizeof *table->objects);
  }
  table->objects[table->count++] = object;
}

void table_remove(struct table *table, UINT32 index) {
  object_release(table->objects[index]);
  memmove(table->objects + index, table->objects + index + 1, (table->count - index - 1) * sizeof *table->objects);
  table->count--;
}

struct object *table_find(const struct table *table, enum kind kind, const GUID *key) {
  for (UINT32 i = 0; i < table->count; i++) {
    struct object *object = table->objects[i];
    if (object->head.kind == kind && IsEqualGUID(&object->head.key, key)) return object;
  }
  return NULL;
}

struct object *table_find_id(const struct table *table, enum kind kind, UINT64 id) {
  for (UINT32 i = 0; i < table->count; i++)
    if (table->objects[i]->head.kind == kind && table->objects[i]->head.id == id) return table->objects[i];
  return NULL;
}

INT64 table_index(const struct table *table, const struct object *object) {
  for (UINT32 i = 0; i < table->count; i++)
    if (table->objects[i] == object) return i;
  return -1;
}
