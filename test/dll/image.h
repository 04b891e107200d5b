/* A deep copy of a structure in one block: pointers are offsets from its start, so it can be stored, and placed anywhere. */
#pragma once
#include "shape.h"

struct image {
  BYTE *bytes;
  UINT32 size, room;
  DWORD status; /* the first thing found wrong while copying */
};

/* Copies `count` structures with everything they point at. Unreadable memory gives ERROR_NOACCESS, NULL for a count above
   zero RPC_X_NULL_REF_POINTER, an impossible count RPC_S_INVALID_BOUND. NULL for no elements passes even where the IDL says
   [ref]: the rules for policies say what is missing. */
DWORD image_take(struct image *image, const struct shape *shape, const void *live, UINT32 count);
/* The same, from another version of the structure: fields are matched by name, what has no counterpart stays zero. */
DWORD image_take_as(struct image *image, const struct shape *shape, const struct shape *source, const void *live, UINT32 count);
void image_free(struct image *image);

/* Turns the offsets of a copy into pointers. `base` is where the offsets count from, `structure` the structure itself. */
void image_place(const struct shape *shape, BYTE *structure, BYTE *base, BOOL hide_secrets);

BOOL readable(const void *address, UINT64 size);
