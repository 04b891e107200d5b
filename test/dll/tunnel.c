/* FwpmIPsecTunnelAdd0..3 and FwpmIPsecTunnelDeleteByKey0. A tunnel is its quick-mode context, its main-mode context if
   given, and a filter at each layer it works at; which layers the real engine uses is not documented, so the table below
   follows what is known of the building blocks (outbound, inbound, forwarded, accept, connect, policy lookups). */
#include "engine.h"
#include "policy.h"
#include "sdk/guids.h"
#include <stdlib.h>

struct given {
  const char *call;
  UINT32 version, flags, count;
  const struct shape *shape;
  struct image mm, qm, conditions;
  BOOL has_mm;
  const GUID *keyModKey;
  PSECURITY_DESCRIPTOR sd;
};

static FWPM_PROVIDER_CONTEXT0 *context_of(const struct image *image) { return (FWPM_PROVIDER_CONTEXT0 *)image->bytes; }

/* ---- filters --------------------------------------------------------------------------------------------------------------- */

enum when { ALWAYS, GATEWAY, MAIN_MODE, KEY_MODULE };

struct layer {
  enum when when;
  GUID layer[2], subLayer, callout[2];
};

#define BOTH(name) {name##_V4, name##_V6}
#define CALLOUT(name) BOTH(FWPM_CALLOUT_IPSEC_##name)
#define NO_CALLOUT {{0}, {0}}

static void filters_of(struct layer out[9]) {
  const struct layer layers[9] = {
      {ALWAYS, BOTH(FWPM_LAYER_OUTBOUND_TRANSPORT), FWPM_SUBLAYER_IPSEC_TUNNEL, CALLOUT(OUTBOUND_TUNNEL)},
      {ALWAYS, BOTH(FWPM_LAYER_INBOUND_TRANSPORT), FWPM_SUBLAYER_IPSEC_TUNNEL, CALLOUT(INBOUND_TUNNEL)},
      {GATEWAY, BOTH(FWPM_LAYER_IPFORWARD), FWPM_SUBLAYER_IPSEC_FORWARD_OUTBOUND_TUNNEL, CALLOUT(FORWARD_OUTBOUND_TUNNEL)},
      {GATEWAY, BOTH(FWPM_LAYER_IPFORWARD), FWPM_SUBLAYER_IPSEC_TUNNEL, CALLOUT(FORWARD_INBOUND_TUNNEL)},
      {ALWAYS, BOTH(FWPM_LAYER_ALE_AUTH_RECV_ACCEPT), FWPM_SUBLAYER_UNIVERSAL, CALLOUT(INBOUND_TUNNEL_ALE_ACCEPT)},
      {ALWAYS, BOTH(FWPM_LAYER_ALE_AUTH_CONNECT), FWPM_SUBLAYER_UNIVERSAL, CALLOUT(ALE_CONNECT)},
      {ALWAYS, BOTH(FWPM_LAYER_IPSEC), FWPM_SUBLAYER_UNIVERSAL, NO_CALLOUT},
      {MAIN_MODE, BOTH(FWPM_LAYER_IKEEXT), FWPM_SUBLAYER_UNIVERSAL, NO_CALLOUT},
      {KEY_MODULE, BOTH(FWPM_LAYER_IPSEC_KM_DEMUX), FWPM_SUBLAYER_UNIVERSAL, NO_CALLOUT},
  };
  for (int i = 0; i < 9; i++) out[i] = layers[i];
}

static BOOL wanted(const struct given *given, enum when when) {
  if (when == GATEWAY) return !(given->flags & FWPM_TUNNEL_FLAG_POINT_TO_POINT);
  if (when == MAIN_MODE) return given->has_mm;
  return when != KEY_MODULE || given->keyModKey;
}

static void set_action(FWPM_ACTION0 *action, const struct given *given, const struct layer *layer, int family) {
  BOOL callout = !IsEqualGUID(&layer->callout[family], &NO_GUID);
  action->type = callout ? FWP_ACTION_CALLOUT_TERMINATING : FWP_ACTION_PERMIT;
  if (callout) action->calloutKey = layer->callout[family];
  else if (layer->when == KEY_MODULE) action->filterType = *given->keyModKey;
}

struct conditions {
  FWPM_FILTER_CONDITION0 *items;
  UINT32 count;
};

/* `qm`, `mm` and `conditions` are placed copies: their pointers are real. */
static void add_filter(struct work *work, const struct given *given, const struct layer *layer, int family, const FWPM_PROVIDER_CONTEXT0 *qm,
                       const FWPM_PROVIDER_CONTEXT0 *mm, const struct conditions *conditions, const struct object *context) {
  struct image image;
  struct head head;
  BOOL persistent = context->head.persistent;
  FWPM_FILTER0 filter = {.displayData = qm->displayData,
                         .flags = FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT | (persistent ? FWPM_FILTER_FLAG_PERSISTENT : 0),
                         .providerKey = qm->providerKey,
                         .layerKey = layer->layer[family],
                         .subLayerKey = layer->subLayer,
                         .numFilterConditions = conditions->count,
                         .filterCondition = conditions->items,
                         .providerContextKey = layer->when == MAIN_MODE ? mm->providerContextKey : qm->providerContextKey};
  fill_head(work, &head, KIND_FILTER, &NO_GUID, persistent);
  filter.filterKey = head.key;
  filter.filterId = head.id;
  set_action(&filter.action, given, layer, family);
  image_take(&image, &shape_FWPM_FILTER0, &filter, 1);
  head.tunnel = context->head.key;
  head.image_size = image.size;
  head.sd_size = context->head.sd_size;
  work_add(work, object_new(&head, image.bytes, object_sd((struct object *)context)));
  image_free(&image);
}

static void add_filters(struct work *work, struct given *given, int family, const struct object *context) {
  struct layer layers[9];
  filters_of(layers);
  image_place(given->shape, given->qm.bytes, given->qm.bytes, FALSE);
  for (UINT32 i = 0; i < given->count; i++)
    image_place(&shape_FWPM_FILTER_CONDITION0, given->conditions.bytes + i * sizeof(FWPM_FILTER_CONDITION0), given->conditions.bytes, FALSE);
  struct conditions shown = {.count = given->count};
  shown.items = shown_conditions((const FWPM_FILTER_CONDITION0 *)given->conditions.bytes, &shown.count);
  for (int i = 0; i < 9; i++)
    if (wanted(given, layers[i].when))
      add_filter(work, given, &layers[i], family, context_of(&given->qm), context_of(&given->mm), &shown, context);
  free(shown.items);
}

/* ---- contexts -------------------------------------------------------------------------------------------------------------------- */

static DWORD check_context(struct work *work, const struct image *image, const struct shape *shape) {
  const FWPM_PROVIDER_CONTEXT0 *context = context_of(image);
  const GUID *provider = context->providerKey ? (const GUID *)(image->bytes + (UINT64)context->providerKey) : NULL;
  DWORD status = check_name(&context->displayData, image->bytes);
  if (!status) status = check_policy(shape, image);
  if (!status) status = check_provider(work, provider, context->flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT);
  if (!status && table_find(work->table, KIND_CONTEXT, &context->providerContextKey)) status = FWP_E_ALREADY_EXISTS;
  return status;
}

static struct object *add_context(struct work *work, const struct given *given, struct image *image, BOOL is_tunnel, const BYTE *sd, UINT32 sd_size) {
  struct head head;
  FWPM_PROVIDER_CONTEXT0 *context = context_of(image);
  fill_head(work, &head, KIND_CONTEXT, &context->providerContextKey, context->flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT);
  context->providerContextKey = head.key;
  context->providerContextId = head.id;
  head.version = given->version;
  head.tunnel = is_tunnel ? head.key : NO_GUID;
  head.image_size = image->size;
  head.sd_size = sd_size;
  struct object *object = object_new(&head, image->bytes, sd);
  work_add(work, object);
  return object;
}

static const GUID *provider_of(const struct image *image) {
  static const GUID none;
  UINT64 offset = (UINT64)context_of(image)->providerKey;
  return offset ? (const GUID *)(image->bytes + offset) : &none;
}

/* A persistent tunnel refers to a persistent main-mode policy of the same provider. */
static DWORD check_main_mode_lifetime(const struct given *given) {
  if (!given->has_mm || !(context_of(&given->qm)->flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT)) return ERROR_SUCCESS;
  BOOL persistent = context_of(&given->mm)->flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT;
  return persistent && IsEqualGUID(provider_of(&given->qm), provider_of(&given->mm)) ? ERROR_SUCCESS : FWP_E_LIFETIME_MISMATCH;
}

static DWORD check_key_module(const struct given *given) {
  if (!given->keyModKey) return ERROR_SUCCESS;
  GUID module = module_key_of(context_of(&given->qm)->type);
  return IsEqualGUID(given->keyModKey, &module) ? ERROR_SUCCESS : FWP_E_INVALID_PARAMETER;
}

static DWORD check_given(struct work *work, const struct given *given, int *family) {
  DWORD status = ERROR_SUCCESS;
  if (given->flags & ~(UINT32)(FWPM_TUNNEL_FLAG_POINT_TO_POINT | FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING)) return FWP_E_INVALID_FLAGS;
  if (!is_tunnel_type(context_of(&given->qm)->type)) return FWP_E_PROVIDER_CONTEXT_MISMATCH;
  if (given->has_mm && context_of(&given->mm)->type != main_mode_of(context_of(&given->qm)->type)) return FWP_E_PROVIDER_CONTEXT_MISMATCH;
  status = check_context(work, &given->qm, given->shape);
  if (!status && given->has_mm) status = check_context(work, &given->mm, given->shape);
  if (!status) status = check_main_mode_lifetime(given);
  if (!status) status = check_key_module(given);
  if (!status) status = check_conditions(&given->conditions, given->count, given->flags, family);
  return status;
}

static DWORD add_tunnel(struct work *work, struct given *given) {
  int family = 0;
  BYTE *sd = NULL;
  UINT32 sd_size = 0;
  DWORD status = check_given(work, given, &family);
  if (!status) status = sd_take(given->sd, &sd, &sd_size);
  if (!status) {
    const struct object *context = add_context(work, given, &given->qm, TRUE, sd, sd_size);
    if (given->has_mm) add_context(work, given, &given->mm, FALSE, sd, sd_size);
    add_filters(work, given, family, context);
  }
  free(sd);
  return status;
}

/* ---- the calls ---------------------------------------------------------------------------------------------------------------------- */

static DWORD take(struct given *given, const void *mm, const void *qm, const void *conditions) {
  DWORD status = image_take(&given->qm, given->shape, qm, 1);
  given->has_mm = mm != NULL;
  if (!status && mm) status = image_take(&given->mm, given->shape, mm, 1);
  if (!status && given->count > 1000) status = RPC_S_INVALID_BOUND;
  if (!status && given->count) status = image_take(&given->conditions, &shape_FWPM_FILTER_CONDITION0, conditions, given->count);
  if (!status && given->keyModKey && !readable(given->keyModKey, sizeof(GUID))) status = ERROR_NOACCESS;
  return status;
}

static void trace_given(struct trace *trace, const struct given *given) {
  trace_call(trace, given->call);
  trace_number(trace, "flags", given->flags);
  trace_image(trace, "mainModePolicy", given->shape, &given->mm);
  trace_image(trace, "tunnelPolicy", given->shape, &given->qm);
  trace_number(trace, "numFilterConditions", given->count);
  trace_images(trace, "filterConditions", &shape_FWPM_FILTER_CONDITION0, &given->conditions, given->count);
  trace_guid(trace, "keyModKey", given->keyModKey);
  trace_bytes(trace, "sd", given->sd, given->sd ? GetSecurityDescriptorLength(given->sd) : 0);
}

static DWORD tunnel_add(HANDLE engine, struct given given, const void *mm, const void *qm, const void *conditions) {
  struct work work;
  struct trace trace;
  DWORD status = take(&given, mm, qm, conditions);
  trace_given(&trace, &given);
  if (!status) status = work_begin(&work, engine, given.call);
  if (!status) status = work_end(&work, add_tunnel(&work, &given));
  image_free(&given.mm);
  image_free(&given.qm);
  image_free(&given.conditions);
  return trace_end(&trace, status);
}

EXPORT DWORD WINAPI FwpmIPsecTunnelAdd0(HANDLE engineHandle, UINT32 flags, const FWPM_PROVIDER_CONTEXT0 *mainModePolicy,
                                        const FWPM_PROVIDER_CONTEXT0 *tunnelPolicy, UINT32 numFilterConditions,
                                        const FWPM_FILTER_CONDITION0 *filterConditions, PSECURITY_DESCRIPTOR sd) {
  struct given given = {.call = __func__, .version = 0, .flags = flags, .count = numFilterConditions, .shape = &shape_FWPM_PROVIDER_CONTEXT0, .sd = sd};
  return tunnel_add(engineHandle, given, mainModePolicy, tunnelPolicy, filterConditions);
}

#define TUNNEL_ADD(n) \
  EXPORT DWORD WINAPI FwpmIPsecTunnelAdd##n(HANDLE engineHandle, UINT32 flags, const FWPM_PROVIDER_CONTEXT##n *mainModePolicy, \
                                            const FWPM_PROVIDER_CONTEXT##n *tunnelPolicy, UINT32 numFilterConditions, \
                                            const FWPM_FILTER_CONDITION0 *filterConditions, const GUID *keyModKey, PSECURITY_DESCRIPTOR sd) { \
    struct given given = {.call = __func__, .version = n, .flags = flags, .count = numFilterConditions, \
                          .shape = &shape_FWPM_PROVIDER_CONTEXT##n, .keyModKey = keyModKey, .sd = sd}; \
    return tunnel_add(engineHandle, given, mainModePolicy, tunnelPolicy, filterConditions); \
  }

TUNNEL_ADD(1)
#if TEST_DLL_LEVEL >= 2
TUNNEL_ADD(2)
#endif
#if TEST_DLL_LEVEL >= 3
TUNNEL_ADD(3)
#endif

/* A filter that is not the tunnel's own keeps it. */
static BOOL kept_by_other(const struct table *table, const struct object *context) {
  for (UINT32 i = 0; i < table->count; i++)
    if (refers(table->objects[i], context) && !IsEqualGUID(&table->objects[i]->head.tunnel, &context->head.key)) return TRUE;
  return FALSE;
}

/* The main-mode context that a filter of the tunnel refers to. */
static struct object *main_mode_of_tunnel(const struct table *table, const GUID *key) {
  for (UINT32 i = 0; i < table->count; i++) {
    const struct object *object = table->objects[i];
    if (object->head.kind != KIND_FILTER || !IsEqualGUID(&object->head.tunnel, key)) continue;
    const FWPM_FILTER0 *filter = object_filter(object);
    if (!IsEqualGUID(&filter->providerContextKey, key)) return table_find(table, KIND_CONTEXT, &filter->providerContextKey);
  }
  return NULL;
}

/* What the real engine does with the main-mode context is not documented, and callers look. */
static DWORD delete_tunnel(struct work *work, const GUID *key) {
  struct object *context = table_find(work->table, KIND_CONTEXT, key);
  if (!context || !IsEqualGUID(&context->head.tunnel, key)) return FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
  BOOL dynamic = !IsEqualGUID(&context->head.owner, &NO_GUID);
  if (dynamic && !IsEqualGUID(&context->head.owner, &work->session->key)) return FWP_E_WRONG_SESSION;
  if (!dynamic && work->session->flags & FWPM_SESSION_FLAG_DYNAMIC) return FWP_E_DYNAMIC_SESSION_IN_PROGRESS;
  if (kept_by_other(work->table, context)) return FWP_E_IN_USE;
  GUID tunnel = *key;
  struct object *main_mode = main_mode_of_tunnel(work->table, key);
  for (UINT32 i = work->table->count; i-- > 0;)
    if (IsEqualGUID(&work->table->objects[i]->head.tunnel, &tunnel)) work_remove(work, work->table->objects[i]);
  if (main_mode && !switched(SWITCH_MAIN_MODE, L"kept") && !check_delete(work, main_mode)) work_remove(work, main_mode);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI FwpmIPsecTunnelDeleteByKey0(HANDLE engineHandle, const GUID *key) {
  struct work work;
  struct trace trace;
  trace_call(&trace, __func__);
  trace_guid(&trace, "key", key);
  DWORD status = key && readable(key, sizeof *key) ? work_begin(&work, engineHandle, __func__) : RPC_X_NULL_REF_POINTER;
  if (!status) status = work_end(&work, delete_tunnel(&work, key));
  return trace_end(&trace, status);
}
