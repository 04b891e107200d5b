/* The rules every object obeys: a name, a living provider, lifetimes that fit, nothing deleted that is in use. */
#include "engine.h"
#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

/* Valid UTF-16 without control characters. */
static BOOL printable(const wchar_t *text) {
  for (; *text; text++) {
    BOOL high = *text >= 0xd800 && *text < 0xdc00, low = *text >= 0xdc00 && *text < 0xe000;
    if (low || (high && (text[1] < 0xdc00 || text[1] >= 0xe000))) return FALSE;
    if ((*text < 0x20 && !wcschr(L"\t\r\n", *text)) || (*text >= 0x7f && *text < 0xa0)) return FALSE;
    text += high;
  }
  return TRUE;
}

DWORD check_name(const FWPM_DISPLAY_DATA0 *displayData, const BYTE *image) {
  UINT64 name = (UINT64)displayData->name, description = (UINT64)displayData->description;
  if (!name || !*(const wchar_t *)(image + name)) return FWP_E_NULL_DISPLAY_NAME;
  BOOL good = printable((const wchar_t *)(image + name)) && (!description || printable((const wchar_t *)(image + description)));
  return good ? ERROR_SUCCESS : FWP_E_INVALID_PARAMETER;
}

static BOOL is_dynamic(const struct session *session) { return session->flags & FWPM_SESSION_FLAG_DYNAMIC; }

/* An object may not refer to one that can die sooner. */
DWORD check_provider(struct work *work, const GUID *key, BOOL persistent) {
  if (persistent && is_dynamic(work->session)) return FWP_E_DYNAMIC_SESSION_IN_PROGRESS;
  if (!key) return ERROR_SUCCESS;
  const struct object *provider = table_find(work->table, KIND_PROVIDER, key);
  if (!provider) return FWP_E_PROVIDER_NOT_FOUND;
  if (persistent && !provider->head.persistent) return FWP_E_LIFETIME_MISMATCH;
  BOOL provider_dies_first = !IsEqualGUID(&provider->head.owner, &NO_GUID) && !IsEqualGUID(&provider->head.owner, &work->session->key);
  return provider_dies_first ? FWP_E_LIFETIME_MISMATCH : ERROR_SUCCESS;
}

BOOL refers(const struct object *object, const struct object *to) {
  if (to->head.kind == KIND_PROVIDER) {
    const GUID *key = object_provider_key(object);
    return key && IsEqualGUID(key, &to->head.key);
  }
  if (to->head.kind != KIND_CONTEXT || object->head.kind != KIND_FILTER) return FALSE;
  const FWPM_FILTER0 *filter = object_filter(object);
  return filter->flags & FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT && IsEqualGUID(&filter->providerContextKey, &to->head.key);
}

DWORD check_delete(struct work *work, const struct object *object) {
  BOOL ours = IsEqualGUID(&object->head.owner, &work->session->key);
  BOOL dynamic = !IsEqualGUID(&object->head.owner, &NO_GUID);
  if (dynamic && !ours) return FWP_E_WRONG_SESSION;
  if (!dynamic && is_dynamic(work->session)) return FWP_E_DYNAMIC_SESSION_IN_PROGRESS;
  for (UINT32 i = 0; i < work->table->count; i++)
    if (refers(work->table->objects[i], object)) return FWP_E_IN_USE;
  return ERROR_SUCCESS;
}

void fill_head(struct work *work, struct head *head, enum kind kind, const GUID *key, BOOL persistent) {
  *head = (struct head){.kind = kind, .key = *key, .persistent = persistent, .id = work->table->next_id++};
  if (IsEqualGUID(&head->key, &NO_GUID)) CoCreateGuid(&head->key);
  if (is_dynamic(work->session)) head->owner = work->session->key;
}

static DWORD default_sd(PSECURITY_DESCRIPTOR *sd) {
  BOOL ok = ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:SYG:SYD:(A;;GA;;;SY)(A;;GA;;;BA)", SDDL_REVISION_1, sd, NULL);
  return ok ? ERROR_SUCCESS : GetLastError();
}

/* Stored self-relative, whatever form it comes in. */
DWORD sd_take(PSECURITY_DESCRIPTOR sd, BYTE **bytes, UINT32 *size) {
  PSECURITY_DESCRIPTOR made = NULL;
  DWORD length = 0, status = sd ? ERROR_SUCCESS : default_sd(&made);
  if (status) return status;
  if (!sd) sd = made;
  if (!readable(sd, SECURITY_DESCRIPTOR_MIN_LENGTH) || !IsValidSecurityDescriptor(sd)) return ERROR_INVALID_SECURITY_DESCR;
  SECURITY_DESCRIPTOR_CONTROL control;
  DWORD revision;
  GetSecurityDescriptorControl(sd, &control, &revision);
  length = GetSecurityDescriptorLength(sd);
  *bytes = malloc(length);
  *size = length;
  if (control & SE_SELF_RELATIVE) memcpy(*bytes, sd, length);
  else if (!MakeSelfRelativeSD(sd, *bytes, &length)) status = GetLastError();
  LocalFree(made);
  return status;
}
