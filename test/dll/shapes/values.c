/* What each field of fwptypes.h is: a number, a text, a pointer to how many of what, alive under which tag. */
#include "../shape.h"

#define T FWPM_DISPLAY_DATA0
SHAPE(
  {WIDE(name)},
  {WIDE(description)}
)
#undef T

#define T FWP_TOKEN_INFORMATION
SHAPE(
  {NUMBER(sidCount)},
  {MANY(sids, SID_AND_ATTRIBUTES, sidCount)},
  {NUMBER(restrictedSidCount)},
  {MANY(restrictedSids, SID_AND_ATTRIBUTES, restrictedSidCount)}
)
#undef T

#define T FWP_VALUE0
SHAPE(
  {NUMBER(type)},
  {NUMBER(uint8), WHEN(type, FWP_UINT8)},
  {NUMBER(uint16), WHEN(type, FWP_UINT16)},
  {NUMBER(uint32), WHEN(type, FWP_UINT32)},
  {ONE(uint64, UINT64), WHEN(type, FWP_UINT64)},
  {SIGNED(int8), WHEN(type, FWP_INT8)},
  {SIGNED(int16), WHEN(type, FWP_INT16)},
  {SIGNED(int32), WHEN(type, FWP_INT32)},
  {ONE(int64, INT64), WHEN(type, FWP_INT64)},
  {REAL(float32), WHEN(type, FWP_FLOAT)},
  {ONE(double64, double), WHEN(type, FWP_DOUBLE)},
  {ONE(byteArray16, FWP_BYTE_ARRAY16), WHEN(type, FWP_BYTE_ARRAY16_TYPE)},
  {ONE(byteBlob, FWP_BYTE_BLOB), WHEN(type, FWP_BYTE_BLOB_TYPE)},
  {SIDP(sid), WHEN(type, FWP_SID)},
  {ONE(sd, FWP_BYTE_BLOB), WHEN(type, FWP_SECURITY_DESCRIPTOR_TYPE)},
  {ONE(tokenInformation, FWP_TOKEN_INFORMATION), WHEN(type, FWP_TOKEN_INFORMATION_TYPE)},
  {ONE(tokenAccessInformation, FWP_BYTE_BLOB), WHEN(type, FWP_TOKEN_ACCESS_INFORMATION_TYPE)},
  {WIDE(unicodeString), WHEN(type, FWP_UNICODE_STRING_TYPE)},
  {ONE(byteArray6, FWP_BYTE_ARRAY6), WHEN(type, FWP_BYTE_ARRAY6_TYPE)}
)
#undef T

#define T FWP_V6_ADDR_AND_MASK
SHAPE(
  {BYTES(addr)},
  {NUMBER(prefixLength)}
)
#undef T

#define T FWP_V4_ADDR_AND_MASK
SHAPE(
  {NUMBER(addr)},
  {NUMBER(mask)}
)
#undef T

#define T FWP_RANGE0
SHAPE(
  {PART(valueLow, FWP_VALUE0)},
  {PART(valueHigh, FWP_VALUE0)}
)
#undef T

#define T FWP_CONDITION_VALUE0
SHAPE(
  {NUMBER(type)},
  {NUMBER(uint8), WHEN(type, FWP_UINT8)},
  {NUMBER(uint16), WHEN(type, FWP_UINT16)},
  {NUMBER(uint32), WHEN(type, FWP_UINT32)},
  {ONE(uint64, UINT64), WHEN(type, FWP_UINT64)},
  {SIGNED(int8), WHEN(type, FWP_INT8)},
  {SIGNED(int16), WHEN(type, FWP_INT16)},
  {SIGNED(int32), WHEN(type, FWP_INT32)},
  {ONE(int64, INT64), WHEN(type, FWP_INT64)},
  {REAL(float32), WHEN(type, FWP_FLOAT)},
  {ONE(double64, double), WHEN(type, FWP_DOUBLE)},
  {ONE(byteArray16, FWP_BYTE_ARRAY16), WHEN(type, FWP_BYTE_ARRAY16_TYPE)},
  {ONE(byteBlob, FWP_BYTE_BLOB), WHEN(type, FWP_BYTE_BLOB_TYPE)},
  {SIDP(sid), WHEN(type, FWP_SID)},
  {ONE(sd, FWP_BYTE_BLOB), WHEN(type, FWP_SECURITY_DESCRIPTOR_TYPE)},
  {ONE(tokenInformation, FWP_TOKEN_INFORMATION), WHEN(type, FWP_TOKEN_INFORMATION_TYPE)},
  {ONE(tokenAccessInformation, FWP_BYTE_BLOB), WHEN(type, FWP_TOKEN_ACCESS_INFORMATION_TYPE)},
  {WIDE(unicodeString), WHEN(type, FWP_UNICODE_STRING_TYPE)},
  {ONE(byteArray6, FWP_BYTE_ARRAY6), WHEN(type, FWP_BYTE_ARRAY6_TYPE)},
  {ONE(v4AddrMask, FWP_V4_ADDR_AND_MASK), WHEN(type, FWP_V4_ADDR_MASK)},
  {ONE(v6AddrMask, FWP_V6_ADDR_AND_MASK), WHEN(type, FWP_V6_ADDR_MASK)},
  {ONE(rangeValue, FWP_RANGE0), WHEN(type, FWP_RANGE_TYPE)}
)
#undef T
