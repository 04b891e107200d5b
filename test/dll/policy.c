/* The documented rules for policies and conditions that a caller can break with well-formed memory. */
#include "engine.h"
#include "policy.h"
#include "sdk/guids.h"
#include <stdlib.h>
#include <string.h>

BOOL is_tunnel_type(FWPM_PROVIDER_CONTEXT_TYPE type) {
  return type == FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT || type == FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT || type == FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT;
}

static BOOL is_main_mode_type(FWPM_PROVIDER_CONTEXT_TYPE type) {
  return type == FWPM_IPSEC_IKE_MM_CONTEXT || type == FWPM_IPSEC_AUTHIP_MM_CONTEXT || type == FWPM_IPSEC_IKEV2_MM_CONTEXT;
}

FWPM_PROVIDER_CONTEXT_TYPE main_mode_of(FWPM_PROVIDER_CONTEXT_TYPE tunnel) {
  if (tunnel == FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT) return FWPM_IPSEC_IKE_MM_CONTEXT;
  return tunnel == FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT ? FWPM_IPSEC_AUTHIP_MM_CONTEXT : FWPM_IPSEC_IKEV2_MM_CONTEXT;
}

GUID module_key_of(FWPM_PROVIDER_CONTEXT_TYPE tunnel) {
  if (tunnel == FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT) return FWPM_KEYING_MODULE_IKE;
  return tunnel == FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT ? FWPM_KEYING_MODULE_AUTHIP : FWPM_KEYING_MODULE_IKEV2;
}

/* ---- quick mode: the newest version of the policy serves for all, the fields are found by name ------------------------------- */

static DWORD check_lifetime(const IPSEC_SA_LIFETIME0 *lifetime) {
  BOOL limited = lifetime->lifetimeSeconds && lifetime->lifetimeKilobytes && lifetime->lifetimePackets;
  return limited ? ERROR_SUCCESS : FWP_E_INVALID_PARAMETER;
}

static BOOL is_gcm(UINT8 cipherConfig) { return cipherConfig >= 6 && cipherConfig <= 8; }

static DWORD check_auth(const IPSEC_AUTH_TRANSFORM0 *auth) {
  return (UINT32)auth->authTransformId.authType == auth->authTransformId.authConfig ? ERROR_SUCCESS : FWP_E_INVALID_AUTH_TRANSFORM;
}

static DWORD check_cipher(const IPSEC_CIPHER_TRANSFORM0 *cipher) {
  UINT32 type = cipher->cipherTransformId.cipherType, config = cipher->cipherTransformId.cipherConfig;
  BOOL pair = (config == type && type >= 1 && type <= 5) || (is_gcm((UINT8)config) && config == type + 3);
  return pair ? ERROR_SUCCESS : FWP_E_INVALID_CIPHER_TRANSFORM;
}

static DWORD check_both(const IPSEC_AUTH_AND_CIPHER_TRANSFORM0 *both) {
  DWORD status = check_auth(&both->authTransform);
  if (!status) status = check_cipher(&both->cipherTransform);
  if (status) return status;
  UINT8 cipher = both->cipherTransform.cipherTransformId.cipherConfig, auth = both->authTransform.authTransformId.authConfig;
  BOOL agree = is_gcm(cipher) ? auth == cipher - 3 : auth < 3;
  return agree ? ERROR_SUCCESS : FWP_E_INVALID_TRANSFORM_COMBINATION;
}

static DWORD check_transform(const IPSEC_SA_TRANSFORM0 *transform) {
  switch (transform->ipsecTransformType) {
  case IPSEC_TRANSFORM_AH:
  case IPSEC_TRANSFORM_ESP_AUTH:
  case IPSEC_TRANSFORM_ESP_AUTH_FW: return transform->ahTransform ? check_auth(transform->ahTransform) : RPC_X_NULL_REF_POINTER;
  case IPSEC_TRANSFORM_ESP_CIPHER: return transform->espCipherTransform ? check_cipher(transform->espCipherTransform) : RPC_X_NULL_REF_POINTER;
  case IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER: return transform->espAuthAndCipherTransform ? check_both(transform->espAuthAndCipherTransform) : RPC_X_NULL_REF_POINTER;
  default: return RPC_S_INVALID_TAG;
  }
}

static DWORD check_transforms(const IPSEC_PROPOSAL0 *proposal) {
  UINT32 ah = 0;
  DWORD status = proposal->numSaTransforms ? ERROR_SUCCESS : FWP_E_ZERO_LENGTH_ARRAY;
  for (UINT32 i = 0; i < proposal->numSaTransforms && !status; i++) {
    ah += proposal->saTransforms[i].ipsecTransformType == IPSEC_TRANSFORM_AH;
    status = check_transform(&proposal->saTransforms[i]);
  }
  if (!status && proposal->numSaTransforms > 1 && (proposal->numSaTransforms > 2 || ah != 1)) status = FWP_E_INVALID_TRANSFORM_COMBINATION;
  return status;
}

static DWORD check_proposal(const IPSEC_PROPOSAL0 *proposal) {
  DWORD status = check_lifetime(&proposal->lifetime);
  if (!status && proposal->pfsGroup > IPSEC_PFS_24) status = FWP_E_INVALID_ENUMERATOR;
  return status ? status : check_transforms(proposal);
}

static BOOL letter_or_digit(wchar_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Labels of letters, digits and inner hyphens, 63 at most, 253 together; an underscore may lead all but the last. */
static BOOL is_dns_name(const wchar_t *name) {
  UINT32 length = 0, total = 0;
  for (; *name; name++, total++) {
    BOOL ends = !name[1] || name[1] == '.';
    if (*name == '.' && length == 0) return FALSE;
    else if (*name == '.') length = 0;
    else if (++length > 63) return FALSE;
    else if (!letter_or_digit(*name) && !(*name == '-' && length > 1 && !ends) && !(*name == '_' && length == 1 && name[1] && name[1] != '.'))
      return FALSE;
  }
  return total > 0 && total <= 253;
}

static DWORD check_endpoints(const IPSEC_TUNNEL_ENDPOINTS2 *endpoints) {
  if (endpoints->ipVersion != FWP_IP_VERSION_V4 && endpoints->ipVersion != FWP_IP_VERSION_V6) return FWP_E_INVALID_TUNNEL_ENDPOINT;
  for (UINT32 i = 0; i < endpoints->numAddresses; i++)
    if (endpoints->remoteAddresses[i].ipVersion != endpoints->ipVersion) return FWP_E_INVALID_TUNNEL_ENDPOINT;
  return endpoints->remoteFqdn && !is_dns_name(endpoints->remoteFqdn) ? FWP_E_INVALID_DNS_NAME : ERROR_SUCCESS;
}

static DWORD check_flags(UINT32 flags, FWPM_PROVIDER_CONTEXT_TYPE type) {
  const UINT32 ikev2_only = 0x300;
  if (flags & ikev2_only && type != FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT) return FWP_E_INVALID_FLAGS;
  BOOL dictates = flags & IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY;
  return dictates && type != FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT ? FWP_E_INVALID_FLAGS : ERROR_SUCCESS;
}

static DWORD check_tunnel(const IPSEC_TUNNEL_POLICY3 *policy, FWPM_PROVIDER_CONTEXT_TYPE type) {
  DWORD status = check_flags(policy->flags, type);
  if (!status && !policy->numIpsecProposals) status = FWP_E_ZERO_LENGTH_ARRAY;
  for (UINT32 i = 0; i < policy->numIpsecProposals && !status; i++) status = check_proposal(&policy->ipsecProposals[i]);
  if (!status) status = check_endpoints(&policy->tunnelEndpoints);
  if (!status && policy->emPolicy && type != FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT) status = FWP_E_EM_NOT_SUPPORTED;
  return status;
}

/* ---- main mode -------------------------------------------------------------------------------------------------------------------- */

enum module { IKE = 1, AUTHIP = 2, IKEV2 = 4 };

static BOOL method_allowed(IKEEXT_AUTHENTICATION_METHOD_TYPE method, enum module module) {
  static const UINT8 modules[] = {IKE | IKEV2, IKE | IKEV2, IKE | AUTHIP, AUTHIP, AUTHIP, AUTHIP, IKE, IKE | IKEV2, IKE | IKEV2, AUTHIP, AUTHIP, IKEV2};
  return method < sizeof modules && modules[method] & module;
}

/* Preshared keys and EAP with the same flags are one method twice; the others by their type. */
static BOOL same_method(const IKEEXT_AUTHENTICATION_METHOD2 *a, const IKEEXT_AUTHENTICATION_METHOD2 *b) {
  if (a->authenticationMethodType != b->authenticationMethodType) return FALSE;
  if (a->authenticationMethodType == IKEEXT_PRESHARED_KEY) return a->presharedKeyAuthentication.flags == b->presharedKeyAuthentication.flags;
  if (a->authenticationMethodType == IKEEXT_EAP) return a->eapAuthentication.flags == b->eapAuthentication.flags;
  return a->authenticationMethodType == IKEEXT_ANONYMOUS;
}

static DWORD check_method(const IKEEXT_POLICY2 *policy, UINT32 at, enum module module) {
  const IKEEXT_AUTHENTICATION_METHOD2 *method = &policy->authenticationMethods[at];
  if (!method_allowed(method->authenticationMethodType, module)) return FWP_E_INCOMPATIBLE_AUTH_METHOD;
  BOOL preshared = method->authenticationMethodType == IKEEXT_PRESHARED_KEY;
  if (preshared && module != IKEV2 && method->presharedKeyAuthentication.flags) return FWP_E_INVALID_FLAGS;
  for (UINT32 i = 0; i < at; i++)
    if (same_method(&policy->authenticationMethods[i], method)) return FWP_E_DUPLICATE_AUTH_METHOD;
  return ERROR_SUCCESS;
}

static DWORD check_ike_proposal(const IKEEXT_PROPOSAL0 *proposal, enum module module) {
  if (proposal->cipherAlgorithm.keyLen || proposal->cipherAlgorithm.rounds) return FWP_E_RESERVED;
  if (proposal->cipherAlgorithm.algoIdentifier > IKEEXT_CIPHER_AES_GCM_256_16ICV) return FWP_E_INVALID_ENUMERATOR;
  if (proposal->integrityAlgorithm.algoIdentifier > IKEEXT_INTEGRITY_SHA_384 || proposal->dhGroup > IKEEXT_DH_GROUP_24) return FWP_E_INVALID_ENUMERATOR;
  return proposal->dhGroup == IKEEXT_DH_GROUP_NONE && module != AUTHIP ? FWP_E_INCOMPATIBLE_DH_GROUP : ERROR_SUCCESS;
}

/* "at least 120", for IKEv2; whether it may be left out is not documented */
static BOOL retransmits_long_enough(UINT32 seconds, enum module module) {
  if (seconds == 0) return module != IKEV2 || !switched(SWITCH_RETRANSMISSION, L"strict");
  return seconds >= 120;
}

static DWORD check_main_mode(const IKEEXT_POLICY2 *policy, enum module module) {
  DWORD status = ERROR_SUCCESS;
  if (policy->softExpirationTime) return FWP_E_RESERVED;
  if (!policy->numAuthenticationMethods || !policy->numIkeProposals) return FWP_E_ZERO_LENGTH_ARRAY;
  if (policy->initiatorImpersonationType != IKEEXT_IMPERSONATION_NONE && module != AUTHIP) return FWP_E_INVALID_PARAMETER;
  if (!retransmits_long_enough(policy->retransmitDurationSecs, module)) return FWP_E_OUT_OF_BOUNDS;
  for (UINT32 i = 0; i < policy->numAuthenticationMethods && !status; i++) status = check_method(policy, i, module);
  for (UINT32 i = 0; i < policy->numIkeProposals && !status; i++) status = check_ike_proposal(&policy->ikeProposals[i], module);
  return status;
}

static enum module module_of(FWPM_PROVIDER_CONTEXT_TYPE type) {
  if (type == FWPM_IPSEC_IKE_MM_CONTEXT) return IKE;
  return type == FWPM_IPSEC_AUTHIP_MM_CONTEXT ? AUTHIP : IKEV2;
}

/* RPC marshals the union by its tag: a type this version has no arm for cannot be sent. */
static BOOL has_arm(const struct shape *shape, UINT32 type) {
  for (UINT32 i = 0; i < shape->count; i++)
    for (UINT32 arm = 0; arm < shape->fields[i].arms; arm++)
      if (shape->fields[i].when[arm] == type) return TRUE;
  return FALSE;
}

/* `context` is read through the newest version, as a reader would. */
DWORD check_policy(const struct shape *shape, const struct image *context) {
  BYTE *copy = malloc(context->size);
  struct image newest;
  memcpy(copy, context->bytes, context->size);
  image_place(shape, copy, copy, FALSE);
  DWORD status = image_take_as(&newest, &shape_FWPM_PROVIDER_CONTEXT3, shape, copy, 1);
  if (!status) {
    image_place(&shape_FWPM_PROVIDER_CONTEXT3, newest.bytes, newest.bytes, FALSE);
    const FWPM_PROVIDER_CONTEXT3 *read = (const FWPM_PROVIDER_CONTEXT3 *)newest.bytes;
    if (!has_arm(shape, read->type)) status = RPC_S_INVALID_TAG;
    else if (is_tunnel_type(read->type)) status = read->ikeQmTunnelPolicy ? check_tunnel(read->ikeQmTunnelPolicy, read->type) : FWP_E_NULL_POINTER;
    else if (is_main_mode_type(read->type)) status = read->ikeMmPolicy ? check_main_mode(read->ikeMmPolicy, module_of(read->type)) : FWP_E_NULL_POINTER;
  }
  image_free(&newest);
  free(copy);
  return status;
}

/* ---- conditions --------------------------------------------------------------------------------------------------------------------- */

enum family { NO_FAMILY, FAMILY_V4, FAMILY_V6 };

static const FWP_RANGE0 *range_of(const struct image *image, const FWP_CONDITION_VALUE0 *value) {
  return (const FWP_RANGE0 *)(image->bytes + (UINT64)value->rangeValue);
}

static DWORD single_type(const struct image *image, const FWP_CONDITION_VALUE0 *value, UINT32 *type) {
  *type = value->type;
  if (value->type != FWP_RANGE_TYPE) return ERROR_SUCCESS;
  const FWP_RANGE0 *range = range_of(image, value);
  *type = range->valueLow.type;
  if (range->valueLow.type != range->valueHigh.type) return FWP_E_INVALID_RANGE;
  if (*type == FWP_UINT32 && range->valueLow.uint32 > range->valueHigh.uint32) return FWP_E_INVALID_RANGE;
  if (*type == FWP_UINT16 && range->valueLow.uint16 > range->valueHigh.uint16) return FWP_E_INVALID_RANGE;
  if (*type != FWP_BYTE_ARRAY16_TYPE) return ERROR_SUCCESS;
  const BYTE *low = image->bytes + (UINT64)range->valueLow.byteArray16, *high = image->bytes + (UINT64)range->valueHigh.byteArray16;
  return memcmp(low, high, 16) > 0 ? FWP_E_INVALID_RANGE : ERROR_SUCCESS;
}

static DWORD check_address(const struct image *image, const FWP_CONDITION_VALUE0 *value, enum family *family) {
  UINT32 type;
  DWORD status = single_type(image, value, &type);
  if (status) return status;
  if (type == FWP_UINT32 || type == FWP_V4_ADDR_MASK) *family = FAMILY_V4;
  else if (type == FWP_BYTE_ARRAY16_TYPE || type == FWP_V6_ADDR_MASK) *family = FAMILY_V6;
  else return FWP_E_TYPE_MISMATCH;
  if (type == FWP_V4_ADDR_MASK) {
    UINT32 inverted = ~((const FWP_V4_ADDR_AND_MASK *)(image->bytes + (UINT64)value->v4AddrMask))->mask;
    return inverted & (inverted + 1) ? FWP_E_INVALID_NET_MASK : ERROR_SUCCESS;
  }
  BOOL long_prefix = type == FWP_V6_ADDR_MASK && ((const FWP_V6_ADDR_AND_MASK *)(image->bytes + (UINT64)value->v6AddrMask))->prefixLength > 128;
  return long_prefix ? FWP_E_INVALID_NET_MASK : ERROR_SUCCESS;
}

static DWORD check_other(const struct image *image, const FWPM_FILTER_CONDITION0 *condition, BOOL point_to_point) {
  const struct {
    GUID field;
    UINT32 type;
  } fields[] = {{FWPM_CONDITION_IP_PROTOCOL, FWP_UINT8},        {FWPM_CONDITION_IP_LOCAL_PORT, FWP_UINT16},
                {FWPM_CONDITION_IP_REMOTE_PORT, FWP_UINT16},    {FWPM_CONDITION_IP_LOCAL_INTERFACE, FWP_UINT64},
                {FWPM_CONDITION_CURRENT_PROFILE_ID, FWP_UINT32}};
  UINT32 type;
  if (!point_to_point) return FWP_E_INVALID_PARAMETER;
  DWORD status = single_type(image, &condition->conditionValue, &type);
  for (UINT32 i = 0; i < sizeof fields / sizeof *fields && !status; i++)
    if (IsEqualGUID(&fields[i].field, &condition->fieldKey)) return fields[i].type == type ? ERROR_SUCCESS : FWP_E_TYPE_MISMATCH;
  return status ? status : FWP_E_CONDITION_NOT_FOUND;
}

static DWORD check_condition(const struct image *image, const FWPM_FILTER_CONDITION0 *condition, BOOL point_to_point, enum family *family) {
  const FWP_CONDITION_VALUE0 *value = &condition->conditionValue;
  FWP_MATCH_TYPE expected = value->type == FWP_RANGE_TYPE ? FWP_MATCH_RANGE : FWP_MATCH_EQUAL;
  if (condition->matchType != expected) return FWP_E_MATCH_TYPE_MISMATCH;
  BOOL address = IsEqualGUID(&condition->fieldKey, &FWPM_CONDITION_IP_LOCAL_ADDRESS) || IsEqualGUID(&condition->fieldKey, &FWPM_CONDITION_IP_REMOTE_ADDRESS);
  return address ? check_address(image, value, family) : check_other(image, condition, point_to_point);
}

DWORD check_conditions(const struct image *image, UINT32 count, UINT32 tunnel_flags, int *family) {
  enum family found = NO_FAMILY;
  BOOL point_to_point = tunnel_flags & FWPM_TUNNEL_FLAG_POINT_TO_POINT;
  if (count == 0 && !(tunnel_flags & FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING)) return FWP_E_INVALID_PARAMETER;
  for (UINT32 i = 0; i < count; i++) {
    enum family this = NO_FAMILY;
    DWORD status = check_condition(image, (const FWPM_FILTER_CONDITION0 *)image->bytes + i, point_to_point, &this);
    if (status) return status;
    if (this && found && this != found) return FWP_E_INVALID_PARAMETER;
    if (this) found = this;
  }
  *family = found == FAMILY_V6;
  return ERROR_SUCCESS;
}
