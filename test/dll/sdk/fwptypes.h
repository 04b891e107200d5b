/* Values, conditions and display data, as fwptypes.h of the Windows SDK declares them.
   Written out because mingw-w64 lacks the newer ones and has some wrong; layouts_assert.h holds every offset. */
#pragma once
#include <windows.h>

typedef enum FWP_CLASSIFY_OPTION_TYPE_ {
  FWP_CLASSIFY_OPTION_MULTICAST_STATE = 0,
  FWP_CLASSIFY_OPTION_LOOSE_SOURCE_MAPPING = 1,
  FWP_CLASSIFY_OPTION_UNICAST_LIFETIME = 2,
  FWP_CLASSIFY_OPTION_MCAST_BCAST_LIFETIME = 3,
  FWP_CLASSIFY_OPTION_SECURE_SOCKET_SECURITY_FLAGS = 4,
  FWP_CLASSIFY_OPTION_SECURE_SOCKET_AUTHIP_MM_POLICY_KEY = 5,
  FWP_CLASSIFY_OPTION_SECURE_SOCKET_AUTHIP_QM_POLICY_KEY = 6,
  FWP_CLASSIFY_OPTION_LOCAL_ONLY_MAPPING = 7,
} FWP_CLASSIFY_OPTION_TYPE;

typedef enum FWP_DATA_TYPE_ {
  FWP_EMPTY = 0,
  FWP_UINT8 = 1,
  FWP_UINT16 = 2,
  FWP_UINT32 = 3,
  FWP_UINT64 = 4,
  FWP_INT8 = 5,
  FWP_INT16 = 6,
  FWP_INT32 = 7,
  FWP_INT64 = 8,
  FWP_FLOAT = 9,
  FWP_DOUBLE = 10,
  FWP_BYTE_ARRAY16_TYPE = 11,
  FWP_BYTE_BLOB_TYPE = 12,
  FWP_SID = 13,
  FWP_SECURITY_DESCRIPTOR_TYPE = 14,
  FWP_TOKEN_INFORMATION_TYPE = 15,
  FWP_TOKEN_ACCESS_INFORMATION_TYPE = 16,
  FWP_UNICODE_STRING_TYPE = 17,
  FWP_BYTE_ARRAY6_TYPE = 18,
  FWP_SINGLE_DATA_TYPE_MAX = 255,
  FWP_V4_ADDR_MASK = 256,
  FWP_V6_ADDR_MASK = 257,
  FWP_RANGE_TYPE = 258,
} FWP_DATA_TYPE;

typedef enum FWP_DIRECTION_ {
  FWP_DIRECTION_OUTBOUND = 0,
  FWP_DIRECTION_INBOUND = 1,
} FWP_DIRECTION;

typedef enum FWP_FILTER_ENUM_TYPE_ {
  FWP_FILTER_ENUM_FULLY_CONTAINED = 0,
  FWP_FILTER_ENUM_OVERLAPPING = 1,
} FWP_FILTER_ENUM_TYPE;

typedef enum FWP_IP_VERSION_ {
  FWP_IP_VERSION_V4 = 0,
  FWP_IP_VERSION_V6 = 1,
  FWP_IP_VERSION_NONE = 2,
} FWP_IP_VERSION;

typedef enum FWP_MATCH_TYPE_ {
  FWP_MATCH_EQUAL = 0,
  FWP_MATCH_GREATER = 1,
  FWP_MATCH_LESS = 2,
  FWP_MATCH_GREATER_OR_EQUAL = 3,
  FWP_MATCH_LESS_OR_EQUAL = 4,
  FWP_MATCH_RANGE = 5,
  FWP_MATCH_FLAGS_ALL_SET = 6,
  FWP_MATCH_FLAGS_ANY_SET = 7,
  FWP_MATCH_FLAGS_NONE_SET = 8,
  FWP_MATCH_EQUAL_CASE_INSENSITIVE = 9,
  FWP_MATCH_NOT_EQUAL = 10,
  FWP_MATCH_PREFIX = 11,
  FWP_MATCH_NOT_PREFIX = 12,
} FWP_MATCH_TYPE;

typedef UINT32 FWP_NETWORK_CONNECTION_POLICY_SETTING_TYPE;

typedef struct FWPM_DISPLAY_DATA0_ {
  wchar_t *name;
  wchar_t *description;
} FWPM_DISPLAY_DATA0;

typedef struct FWP_BYTE_BLOB_ {
  UINT32 size;
  UINT8 *data;
} FWP_BYTE_BLOB;

typedef struct FWP_BYTE_ARRAY16_ {
  UINT8 byteArray16[16];
} FWP_BYTE_ARRAY16;

typedef struct FWP_TOKEN_INFORMATION_ {
  UINT32 sidCount;
  SID_AND_ATTRIBUTES *sids;
  UINT32 restrictedSidCount;
  SID_AND_ATTRIBUTES *restrictedSids;
} FWP_TOKEN_INFORMATION;

typedef struct FWP_BYTE_ARRAY6_ {
  UINT8 byteArray6[6];
} FWP_BYTE_ARRAY6;

typedef struct FWP_VALUE0_ {
  FWP_DATA_TYPE type;
  union {
    UINT8 uint8;
    UINT16 uint16;
    UINT32 uint32;
    UINT64 *uint64;
    INT8 int8;
    INT16 int16;
    INT32 int32;
    INT64 *int64;
    float float32;
    double *double64;
    FWP_BYTE_ARRAY16 *byteArray16;
    FWP_BYTE_BLOB *byteBlob;
    SID *sid;
    FWP_BYTE_BLOB *sd;
    FWP_TOKEN_INFORMATION *tokenInformation;
    FWP_BYTE_BLOB *tokenAccessInformation;
    wchar_t *unicodeString;
    FWP_BYTE_ARRAY6 *byteArray6;
  };
} FWP_VALUE0;

typedef struct FWP_V6_ADDR_AND_MASK_ {
  UINT8 addr[16];
  UINT8 prefixLength;
} FWP_V6_ADDR_AND_MASK;

typedef struct FWP_V4_ADDR_AND_MASK_ {
  UINT32 addr;
  UINT32 mask;
} FWP_V4_ADDR_AND_MASK;

typedef struct FWP_RANGE0_ {
  FWP_VALUE0 valueLow;
  FWP_VALUE0 valueHigh;
} FWP_RANGE0;

typedef struct FWP_CONDITION_VALUE0_ {
  FWP_DATA_TYPE type;
  union {
    UINT8 uint8;
    UINT16 uint16;
    UINT32 uint32;
    UINT64 *uint64;
    INT8 int8;
    INT16 int16;
    INT32 int32;
    INT64 *int64;
    float float32;
    double *double64;
    FWP_BYTE_ARRAY16 *byteArray16;
    FWP_BYTE_BLOB *byteBlob;
    SID *sid;
    FWP_BYTE_BLOB *sd;
    FWP_TOKEN_INFORMATION *tokenInformation;
    FWP_BYTE_BLOB *tokenAccessInformation;
    wchar_t *unicodeString;
    FWP_BYTE_ARRAY6 *byteArray6;
    FWP_V4_ADDR_AND_MASK *v4AddrMask;
    FWP_V6_ADDR_AND_MASK *v6AddrMask;
    FWP_RANGE0 *rangeValue;
  };
} FWP_CONDITION_VALUE0;
