/* Security descriptors of provider contexts. */
#include "engine.h"
#include <stdlib.h>

static void parts_of(PSECURITY_DESCRIPTOR sd, PSID *owner, PSID *group, PACL *dacl, PACL *sacl) {
  BOOL present, defaulted;
  if (owner) GetSecurityDescriptorOwner(sd, owner, &defaulted);
  if (group) GetSecurityDescriptorGroup(sd, group, &defaulted);
  if (dacl) GetSecurityDescriptorDacl(sd, &present, dacl, &defaulted);
  if (sacl) GetSecurityDescriptorSacl(sd, &present, sacl, &defaulted);
}

/* Only the parts asked for, in a descriptor of their own; those not asked for are absent. */
static DWORD build(SECURITY_INFORMATION wanted, PSID owner, PSID group, PACL dacl, PACL sacl, SECURITY_DESCRIPTOR_CONTROL control,
                   SECURITY_DESCRIPTOR *sd) {
  const SECURITY_DESCRIPTOR_CONTROL inheritance = SE_DACL_PROTECTED | SE_SACL_PROTECTED | SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED;
  InitializeSecurityDescriptor(sd, SECURITY_DESCRIPTOR_REVISION);
  if (wanted & OWNER_SECURITY_INFORMATION) SetSecurityDescriptorOwner(sd, owner, FALSE);
  if (wanted & GROUP_SECURITY_INFORMATION) SetSecurityDescriptorGroup(sd, group, FALSE);
  if (wanted & DACL_SECURITY_INFORMATION) SetSecurityDescriptorDacl(sd, TRUE, dacl, FALSE);
  if (wanted & SACL_SECURITY_INFORMATION) SetSecurityDescriptorSacl(sd, sacl != NULL, sacl, FALSE);
  sd->Control |= control & inheritance;
  return IsValidSecurityDescriptor(sd) ? ERROR_SUCCESS : ERROR_INVALID_SECURITY_DESCR;
}

EXPORT DWORD WINAPI FwpmProviderContextGetSecurityInfoByKey0(HANDLE engineHandle, const GUID *key, SECURITY_INFORMATION securityInfo, PSID *sidOwner,
                                                             PSID *sidGroup, PACL *dacl, PACL *sacl, PSECURITY_DESCRIPTOR *securityDescriptor) {
  struct session *session;
  const struct table *table;
  if (!key || !securityDescriptor) return RPC_X_NULL_REF_POINTER;
  DWORD status = view_begin(engineHandle, __func__, &session, &table);
  if (status) return status;
  struct object *object = table_find(table, KIND_CONTEXT, key);
  if (object) {
    PSID owner = NULL, group = NULL;
    PACL d = NULL, s = NULL;
    SECURITY_DESCRIPTOR shown;
    parts_of(object_sd(object), &owner, &group, &d, &s);
    status = build(securityInfo, owner, group, d, s, ((SECURITY_DESCRIPTOR *)object_sd(object))->Control, &shown);
    DWORD size = 0;
    if (!status) MakeSelfRelativeSD(&shown, NULL, &size);
    void *result = status ? NULL : result_new(size);
    if (!status && !MakeSelfRelativeSD(&shown, result, &size)) status = GetLastError();
    if (!status) parts_of(*securityDescriptor = result, sidOwner, sidGroup, dacl, sacl);
  } else status = FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
  guard_leave();
  return status;
}

/* Objects are immutable: a new one with the same head takes the place of the old. */
static DWORD replace_sd(struct work *work, struct object *object, SECURITY_DESCRIPTOR *sd) {
  BYTE *bytes = NULL;
  UINT32 size = 0;
  DWORD status = sd_take(sd, &bytes, &size);
  if (!status) {
    struct head head = object->head;
    head.sd_size = size;
    struct object *fresh = object_new(&head, object->bytes, bytes);
    UINT32 index = (UINT32)table_index(work->table, object);
    object_release(object);
    work->table->objects[index] = fresh;
  }
  free(bytes);
  return status;
}

static DWORD change_sd(struct work *work, const GUID *key, SECURITY_INFORMATION which, PSID owner, PSID group, PACL dacl, PACL sacl) {
  PSID old_owner = NULL, old_group = NULL;
  PACL old_dacl = NULL, old_sacl = NULL;
  SECURITY_DESCRIPTOR sd;
  struct object *object = table_find(work->table, KIND_CONTEXT, key);
  if (!object) return FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
  parts_of(object_sd(object), &old_owner, &old_group, &old_dacl, &old_sacl);
  DWORD status = build(OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION,
                       which & OWNER_SECURITY_INFORMATION ? owner : old_owner, which & GROUP_SECURITY_INFORMATION ? group : old_group,
                       which & DACL_SECURITY_INFORMATION ? dacl : old_dacl, which & SACL_SECURITY_INFORMATION ? sacl : old_sacl,
                       ((SECURITY_DESCRIPTOR *)object_sd(object))->Control, &sd);
  return status ? status : replace_sd(work, object, &sd);
}

EXPORT DWORD WINAPI FwpmProviderContextSetSecurityInfoByKey0(HANDLE engineHandle, const GUID *key, SECURITY_INFORMATION securityInfo,
                                                             const SID *sidOwner, const SID *sidGroup, const ACL *dacl, const ACL *sacl) {
  struct session *session;
  struct trace trace;
  struct work work;
  trace_call(&trace, __func__);
  trace_guid(&trace, "key", key);
  trace_number(&trace, "securityInfo", securityInfo);
  trace_bytes(&trace, "dacl", (const BYTE *)dacl, dacl ? dacl->AclSize : 0);
  DWORD status = key ? outside_begin(engineHandle, __func__, &session) : ERROR_NOT_SUPPORTED;
  if (!status) guard_leave();
  if (!status) status = work_begin(&work, engineHandle, __func__);
  if (!status) status = work_end(&work, change_sd(&work, key, securityInfo, (PSID)sidOwner, (PSID)sidGroup, (PACL)dacl, (PACL)sacl));
  return trace_end(&trace, status);
}
