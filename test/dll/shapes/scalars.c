/* The shapes that are one value and have no fields. */
#include "../shape.h"

#define SCALAR(type, kind) const struct shape shape_##type = {#type, sizeof(type), kind, 0, NULL};

SCALAR(UINT64, AS_NUMBER)
SCALAR(INT64, AS_SIGNED)
SCALAR(double, AS_REAL)
SCALAR(GUID, AS_GUID)
SCALAR(PSTR, AS_ANSI)
SCALAR(FWP_BYTE_BLOB, AS_BLOB)
SCALAR(FWP_BYTE_ARRAY16, AS_BYTES)
SCALAR(FWP_BYTE_ARRAY6, AS_BYTES)

#define T SID_AND_ATTRIBUTES
SHAPE({SIDP(Sid)}, {NUMBER(Attributes)})
#undef T

BOOL field_alive(const struct field *field, const BYTE *structure) {
  if (field->arms == 0) return TRUE;
  UINT32 tag = *(const UINT32 *)(structure + field->tag) & field->mask;
  for (UINT32 i = 0; i < field->arms; i++)
    if (field->when[i] == tag) return TRUE;
  return FALSE;
}
