/* How the test DLL reads memory it is given: every structure has a shape, a list of its fields in the words of C. Sizes and
   offsets are the compiler's, from the declarations in sdk/. */
#pragma once
#include "sdk/fwpmtypes.h"
#include <stddef.h>

enum how {
  AS_NUMBER,
  AS_SIGNED,
  AS_REAL,
  AS_BYTES, /* an array inside the structure */
  AS_GUID,
  AS_BLOB,  /* FWP_BYTE_BLOB inside the structure */
  AS_TEXT,  /* wchar_t * */
  AS_ANSI,  /* char * */
  AS_SID,   /* SID * */
  AS_PART,  /* a structure inside the structure */
  AS_ONE,   /* a pointer to one */
  AS_MANY,  /* a pointer to as many as the field at `count` says */
};

struct shape;

struct field {
  const char *name;
  enum how how;
  UINT32 offset, size;
  const struct shape *of;
  UINT32 count;
  BOOL secret; /* never shown to a reader */
  /* alive only when (the UINT32 at `tag`) & mask is one of `when`; arms = 0: always */
  UINT32 tag, mask, arms;
  UINT32 when[4];
};

/* Either a structure with fields, or a scalar (count 0) that is what `how` says. */
struct shape {
  const char *name;
  UINT32 size;
  enum how how;
  UINT32 count;
  const struct field *fields;
};

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define STR_(a) #a
#define STR(a) STR_(a)
#define SHAPE(...) \
  static const struct field CAT(fields_, T)[] = {__VA_ARGS__}; \
  const struct shape CAT(shape_, T) = {STR(T), sizeof(T), AS_PART, sizeof(CAT(fields_, T)) / sizeof(struct field), CAT(fields_, T)};

#define PLACE(f, kind) .name = #f, .how = kind, .offset = offsetof(T, f), .size = sizeof(((T *)0)->f)
#define NUMBER(f) PLACE(f, AS_NUMBER)
#define SIGNED(f) PLACE(f, AS_SIGNED)
#define REAL(f) PLACE(f, AS_REAL)
#define BYTES(f) PLACE(f, AS_BYTES)
#define WIDE(f) PLACE(f, AS_TEXT)
#define SIDP(f) PLACE(f, AS_SID)
#define PART(f, type) PLACE(f, AS_PART), .of = &CAT(shape_, type)
#define ONE(f, type) PLACE(f, AS_ONE), .of = &CAT(shape_, type)
#define MANY(f, type, n) PLACE(f, AS_MANY), .of = &CAT(shape_, type), .count = offsetof(T, n)
#define SECRET .secret = TRUE
#define WHEN(tag_, ...) \
  .tag = offsetof(T, tag_), .mask = ~0u, .arms = sizeof((UINT32[]){__VA_ARGS__}) / sizeof(UINT32), .when = {__VA_ARGS__}
#define WHEN_MASKED(tag_, mask_, value) .tag = offsetof(T, tag_), .mask = mask_, .arms = 1, .when = {value}

BOOL field_alive(const struct field *field, const BYTE *structure);

extern const struct shape shape_UINT64;
extern const struct shape shape_INT64;
extern const struct shape shape_double;
extern const struct shape shape_GUID;
extern const struct shape shape_PSTR;
extern const struct shape shape_FWP_BYTE_BLOB;
extern const struct shape shape_FWP_BYTE_ARRAY16;
extern const struct shape shape_FWP_BYTE_ARRAY6;
extern const struct shape shape_SID_AND_ATTRIBUTES;
extern const struct shape shape_FWPM_DISPLAY_DATA0;
extern const struct shape shape_FWPM_SESSION0;
extern const struct shape shape_FWPM_PROVIDER0;
extern const struct shape shape_IPSEC_KEYING_POLICY0;
extern const struct shape shape_IPSEC_SA_LIFETIME0;
extern const struct shape shape_IPSEC_AUTH_TRANSFORM_ID0;
extern const struct shape shape_IPSEC_AUTH_TRANSFORM0;
extern const struct shape shape_IPSEC_CIPHER_TRANSFORM_ID0;
extern const struct shape shape_IPSEC_CIPHER_TRANSFORM0;
extern const struct shape shape_IPSEC_AUTH_AND_CIPHER_TRANSFORM0;
extern const struct shape shape_IPSEC_SA_TRANSFORM0;
extern const struct shape shape_IPSEC_PROPOSAL0;
extern const struct shape shape_IPSEC_SA_IDLE_TIMEOUT0;
extern const struct shape shape_IKEEXT_PRESHARED_KEY_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_CERT_ROOT_CONFIG0;
extern const struct shape shape_IKEEXT_CERTIFICATE_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_KERBEROS_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_NTLM_V2_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_IPV6_CGA_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_AUTHENTICATION_METHOD0;
extern const struct shape shape_IKEEXT_EM_POLICY0;
extern const struct shape shape_IPSEC_TRANSPORT_POLICY0;
extern const struct shape shape_IPSEC_TUNNEL_ENDPOINTS0;
extern const struct shape shape_IPSEC_TUNNEL_POLICY0;
extern const struct shape shape_IKEEXT_CIPHER_ALGORITHM0;
extern const struct shape shape_IKEEXT_INTEGRITY_ALGORITHM0;
extern const struct shape shape_IKEEXT_PROPOSAL0;
extern const struct shape shape_IKEEXT_POLICY0;
extern const struct shape shape_FWP_TOKEN_INFORMATION;
extern const struct shape shape_FWP_VALUE0;
extern const struct shape shape_FWPM_CLASSIFY_OPTION0;
extern const struct shape shape_FWPM_CLASSIFY_OPTIONS0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT0;
extern const struct shape shape_IKEEXT_PRESHARED_KEY_AUTHENTICATION1;
extern const struct shape shape_IKEEXT_CERTIFICATE_AUTHENTICATION1;
extern const struct shape shape_IKEEXT_EAP_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_AUTHENTICATION_METHOD1;
extern const struct shape shape_IKEEXT_EM_POLICY1;
extern const struct shape shape_IPSEC_TRANSPORT_POLICY1;
extern const struct shape shape_IPSEC_TUNNEL_ENDPOINTS1;
extern const struct shape shape_IPSEC_TUNNEL_POLICY1;
extern const struct shape shape_IKEEXT_POLICY1;
extern const struct shape shape_FWP_V6_ADDR_AND_MASK;
extern const struct shape shape_IPSEC_DOSP_OPTIONS0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT1;
extern const struct shape shape_IPSEC_KEYING_POLICY1;
extern const struct shape shape_IKEEXT_CERT_EKUS0;
extern const struct shape shape_IKEEXT_CERT_NAME0;
extern const struct shape shape_IKEEXT_CERTIFICATE_CRITERIA0;
extern const struct shape shape_IKEEXT_CERTIFICATE_AUTHENTICATION2;
extern const struct shape shape_IKEEXT_KERBEROS_AUTHENTICATION1;
extern const struct shape shape_IKEEXT_RESERVED_AUTHENTICATION0;
extern const struct shape shape_IKEEXT_AUTHENTICATION_METHOD2;
extern const struct shape shape_IKEEXT_EM_POLICY2;
extern const struct shape shape_IPSEC_TRANSPORT_POLICY2;
extern const struct shape shape_IPSEC_TUNNEL_ENDPOINT0;
extern const struct shape shape_IPSEC_TUNNEL_ENDPOINTS2;
extern const struct shape shape_IPSEC_TUNNEL_POLICY2;
extern const struct shape shape_IKEEXT_POLICY2;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT2;
extern const struct shape shape_IPSEC_TRAFFIC_SELECTOR0;
extern const struct shape shape_IPSEC_TRAFFIC_SELECTOR_POLICY0;
extern const struct shape shape_IPSEC_TUNNEL_POLICY3;
extern const struct shape shape_FWPM_NETWORK_CONNECTION_POLICY_SETTING0;
extern const struct shape shape_FWPM_NETWORK_CONNECTION_POLICY_SETTINGS0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT3;
extern const struct shape shape_FWP_V4_ADDR_AND_MASK;
extern const struct shape shape_FWP_RANGE0;
extern const struct shape shape_FWP_CONDITION_VALUE0;
extern const struct shape shape_FWPM_FILTER_CONDITION0;
extern const struct shape shape_FWPM_ACTION0;
extern const struct shape shape_FWPM_FILTER0;
extern const struct shape shape_IPSEC_KEY_MANAGER0;
extern const struct shape shape_IPSEC_TRAFFIC1;
extern const struct shape shape_IPSEC_TOKEN0;
extern const struct shape shape_IPSEC_ID0;
extern const struct shape shape_IPSEC_SA_AUTH_INFORMATION0;
extern const struct shape shape_IPSEC_SA_CIPHER_INFORMATION0;
extern const struct shape shape_IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0;
extern const struct shape shape_IPSEC_SA0;
extern const struct shape shape_IPSEC_KEYMODULE_STATE0;
extern const struct shape shape_IPSEC_SA_BUNDLE1;
extern const struct shape shape_IPSEC_V4_UDP_ENCAPSULATION0;
extern const struct shape shape_IPSEC_VIRTUAL_IF_TUNNEL_INFO0;
extern const struct shape shape_IPSEC_SA_DETAILS1;
extern const struct shape shape_IKEEXT_TRAFFIC0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0;
extern const struct shape shape_FWPM_PROVIDER_ENUM_TEMPLATE0;
extern const struct shape shape_FWPM_FILTER_ENUM_TEMPLATE0;
extern const struct shape shape_FWPM_SESSION_ENUM_TEMPLATE0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0;
extern const struct shape shape_FWPM_FILTER_SUBSCRIPTION0;
extern const struct shape shape_FWPM_PROVIDER_CONTEXT_CHANGE0;
extern const struct shape shape_FWPM_FILTER_CHANGE0;
