/* Providers, provider contexts and filters, one by one. */
#include "engine.h"
#include "policy.h"
#include <stdlib.h>

/* ---- adding ------------------------------------------------------------------------------------------------------------ */

/* What differs between the three kinds: where the image keeps its key, id and so on. */
struct candidate {
  enum kind kind;
  UINT32 version;
  GUID *key;
  UINT64 *id;
  const FWPM_DISPLAY_DATA0 *displayData;
  const GUID *providerKey;
  BOOL persistent;
};

static const GUID *key_at(const struct image *image, const GUID *pointer) {
  return pointer ? (const GUID *)(image->bytes + (UINT64)pointer) : NULL;
}

static struct candidate provider_candidate(struct image *image) {
  FWPM_PROVIDER0 *provider = (FWPM_PROVIDER0 *)image->bytes;
  return (struct candidate){KIND_PROVIDER, 0, &provider->providerKey, NULL, &provider->displayData, NULL,
                            provider->flags & FWPM_PROVIDER_FLAG_PERSISTENT};
}

static struct candidate context_candidate(struct image *image, UINT32 version) {
  FWPM_PROVIDER_CONTEXT0 *context = (FWPM_PROVIDER_CONTEXT0 *)image->bytes;
  return (struct candidate){KIND_CONTEXT, version, &context->providerContextKey, &context->providerContextId, &context->displayData,
                            key_at(image, context->providerKey), context->flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT};
}

static struct candidate filter_candidate(struct image *image) {
  FWPM_FILTER0 *filter = (FWPM_FILTER0 *)image->bytes;
  return (struct candidate){KIND_FILTER, 0, &filter->filterKey, &filter->filterId, &filter->displayData,
                            key_at(image, filter->providerKey), filter->flags & FWPM_FILTER_FLAG_PERSISTENT};
}

static DWORD check_filter_context(struct work *work, const struct image *image, enum kind kind) {
  const FWPM_FILTER0 *filter = (const FWPM_FILTER0 *)image->bytes;
  if (kind != KIND_FILTER || !(filter->flags & FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT)) return ERROR_SUCCESS;
  return table_find(work->table, KIND_CONTEXT, &filter->providerContextKey) ? ERROR_SUCCESS : FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
}

/* With WFPCTL_TEST_DLL_NO_RULES any policy is kept, for tests of the packing. */
static DWORD check_context_policy(const struct image *image, const struct candidate *candidate) {
  static const struct shape *const shapes[] = {&shape_FWPM_PROVIDER_CONTEXT0, &shape_FWPM_PROVIDER_CONTEXT1,
                                               &shape_FWPM_PROVIDER_CONTEXT2, &shape_FWPM_PROVIDER_CONTEXT3};
  wchar_t off[8];
  if (candidate->kind != KIND_CONTEXT || variable(L"NO_RULES", off, 8)) return ERROR_SUCCESS;
  return check_policy(shapes[candidate->version], image);
}

static DWORD check_candidate(struct work *work, const struct image *image, const struct candidate *candidate) {
  DWORD status = check_name(candidate->displayData, image->bytes);
  if (!status && table_find(work->table, candidate->kind, candidate->key)) status = FWP_E_ALREADY_EXISTS;
  if (!status) status = check_provider(work, candidate->providerKey, candidate->persistent);
  if (!status) status = check_context_policy(image, candidate);
  if (!status) status = check_filter_context(work, image, candidate->kind);
  return status;
}

static DWORD add(struct work *work, const struct image *image, const struct candidate *candidate, PSECURITY_DESCRIPTOR sd, UINT64 *id) {
  struct head head;
  BYTE *sd_bytes = NULL;
  UINT32 sd_size = 0;
  DWORD status = check_candidate(work, image, candidate);
  if (!status) status = sd_take(sd, &sd_bytes, &sd_size);
  if (!status) {
    fill_head(work, &head, candidate->kind, candidate->key, candidate->persistent);
    head.version = candidate->version;
    head.image_size = image->size;
    head.sd_size = sd_size;
    *candidate->key = head.key;
    if (candidate->id) *candidate->id = head.id;
    if (id) *id = head.id;
    work_add(work, object_new(&head, image->bytes, sd_bytes));
  }
  free(sd_bytes);
  return status;
}

/* The trace has the call and its object already. */
static DWORD add_traced(HANDLE engine, struct trace *trace, const char *call, struct image *image, const struct candidate *candidate,
                        PSECURITY_DESCRIPTOR sd, UINT64 *id) {
  struct work work;
  trace_bytes(trace, "sd", sd, sd ? GetSecurityDescriptorLength(sd) : 0);
  DWORD status = image->status ? image->status : work_begin(&work, engine, call);
  if (!status) status = work_end(&work, add(&work, image, candidate, sd, id));
  image_free(image);
  return trace_end(trace, status);
}

EXPORT DWORD WINAPI FwpmProviderAdd0(HANDLE engineHandle, const FWPM_PROVIDER0 *provider, PSECURITY_DESCRIPTOR sd) {
  struct image image;
  struct trace trace;
  struct candidate candidate = {0};
  if (!image_take(&image, &shape_FWPM_PROVIDER0, provider, 1)) candidate = provider_candidate(&image);
  trace_call(&trace, __func__);
  trace_image(&trace, "provider", &shape_FWPM_PROVIDER0, &image);
  return add_traced(engineHandle, &trace, __func__, &image, &candidate, sd, NULL);
}

/* The engine gives a weight to whoever asks for none. */
static void take_weighted(struct image *image, const FWPM_FILTER0 *filter) {
  UINT64 automatic = 0x8000000000000000ull;
  FWPM_FILTER0 weighted = *filter;
  weighted.effectiveWeight = filter->weight;
  if (filter->weight.type == FWP_EMPTY) weighted.effectiveWeight = (FWP_VALUE0){.type = FWP_UINT64, .uint64 = &automatic};
  image_take(image, &shape_FWPM_FILTER0, &weighted, 1);
}

EXPORT DWORD WINAPI FwpmFilterAdd0(HANDLE engineHandle, const FWPM_FILTER0 *filter, PSECURITY_DESCRIPTOR sd, UINT64 *id) {
  struct image image;
  struct trace trace;
  struct candidate candidate = {0};
  trace_call(&trace, __func__);
  if (!image_take(&image, &shape_FWPM_FILTER0, filter, 1)) {
    trace_image(&trace, "filter", &shape_FWPM_FILTER0, &image);
    image_free(&image);
    take_weighted(&image, filter);
    candidate = filter_candidate(&image);
  }
  return add_traced(engineHandle, &trace, __func__, &image, &candidate, sd, id);
}

#define CONTEXT_ADD(n) \
  EXPORT DWORD WINAPI FwpmProviderContextAdd##n(HANDLE engineHandle, const FWPM_PROVIDER_CONTEXT##n *providerContext, \
                                                PSECURITY_DESCRIPTOR sd, UINT64 *id) { \
    struct image image; \
    struct trace trace; \
    struct candidate candidate = {0}; \
    if (!image_take(&image, &shape_FWPM_PROVIDER_CONTEXT##n, providerContext, 1)) candidate = context_candidate(&image, n); \
    trace_call(&trace, __func__); \
    trace_image(&trace, "providerContext", &shape_FWPM_PROVIDER_CONTEXT##n, &image); \
    return add_traced(engineHandle, &trace, __func__, &image, &candidate, sd, id); \
  }

CONTEXT_ADD(0)
CONTEXT_ADD(1)
#if TEST_DLL_LEVEL >= 2
CONTEXT_ADD(2)
#endif
#if TEST_DLL_LEVEL >= 3
CONTEXT_ADD(3)
#endif

/* ---- deleting ------------------------------------------------------------------------------------------------------------- */

static DWORD not_found(enum kind kind) {
  static const DWORD status[] = {FWP_E_PROVIDER_NOT_FOUND, FWP_E_PROVIDER_CONTEXT_NOT_FOUND, FWP_E_FILTER_NOT_FOUND};
  return status[kind];
}

static DWORD delete_object(struct work *work, enum kind kind, struct object *object) {
  DWORD status = object ? check_delete(work, object) : not_found(kind);
  if (!status) work_remove(work, object);
  return status;
}

static DWORD delete_by_key(HANDLE engine, const char *call, enum kind kind, const GUID *key) {
  struct work work;
  struct trace trace;
  trace_call(&trace, call);
  trace_guid(&trace, "key", key);
  DWORD status = key && readable(key, sizeof *key) ? work_begin(&work, engine, call) : RPC_X_NULL_REF_POINTER;
  if (!status) status = work_end(&work, delete_object(&work, kind, table_find(work.table, kind, key)));
  return trace_end(&trace, status);
}

EXPORT DWORD WINAPI FwpmProviderDeleteByKey0(HANDLE engineHandle, const GUID *key) {
  return delete_by_key(engineHandle, __func__, KIND_PROVIDER, key);
}

EXPORT DWORD WINAPI FwpmProviderContextDeleteByKey0(HANDLE engineHandle, const GUID *key) {
  return delete_by_key(engineHandle, __func__, KIND_CONTEXT, key);
}

EXPORT DWORD WINAPI FwpmFilterDeleteByKey0(HANDLE engineHandle, const GUID *key) {
  return delete_by_key(engineHandle, __func__, KIND_FILTER, key);
}

EXPORT DWORD WINAPI FwpmFilterDeleteById0(HANDLE engineHandle, UINT64 id) {
  struct work work;
  struct trace trace;
  trace_call(&trace, __func__);
  trace_number(&trace, "id", id);
  DWORD status = work_begin(&work, engineHandle, __func__);
  if (!status) status = work_end(&work, delete_object(&work, KIND_FILTER, table_find_id(work.table, KIND_FILTER, id)));
  return trace_end(&trace, status);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------ */

static DWORD get_by_key(HANDLE engine, const char *call, enum kind kind, const struct shape *shape, const GUID *key, void **out) {
  struct session *session;
  const struct table *table;
  if (!out || !key || !readable(key, sizeof *key)) return RPC_X_NULL_REF_POINTER;
  DWORD status = view_begin(engine, call, &session, &table);
  if (status) return status;
  const struct object *object = table_find(table, kind, key);
  status = object ? result_object(object, shape, out) : not_found(kind);
  guard_leave();
  return status;
}

EXPORT DWORD WINAPI FwpmProviderGetByKey0(HANDLE engineHandle, const GUID *key, FWPM_PROVIDER0 **provider) {
  return get_by_key(engineHandle, __func__, KIND_PROVIDER, &shape_FWPM_PROVIDER0, key, (void **)provider);
}

EXPORT DWORD WINAPI FwpmFilterGetByKey0(HANDLE engineHandle, const GUID *key, FWPM_FILTER0 **filter) {
  return get_by_key(engineHandle, __func__, KIND_FILTER, &shape_FWPM_FILTER0, key, (void **)filter);
}

#define CONTEXT_GET(n) \
  EXPORT DWORD WINAPI FwpmProviderContextGetByKey##n(HANDLE engineHandle, const GUID *key, FWPM_PROVIDER_CONTEXT##n **providerContext) { \
    return get_by_key(engineHandle, __func__, KIND_CONTEXT, &shape_FWPM_PROVIDER_CONTEXT##n, key, (void **)providerContext); \
  }

CONTEXT_GET(0)
CONTEXT_GET(1)
#if TEST_DLL_LEVEL >= 2
CONTEXT_GET(2)
#endif
#if TEST_DLL_LEVEL >= 3
CONTEXT_GET(3)
#endif
