/* What a policy and the conditions of a tunnel must obey. */
#pragma once
#include "image.h"

BOOL is_tunnel_type(FWPM_PROVIDER_CONTEXT_TYPE type);
FWPM_PROVIDER_CONTEXT_TYPE main_mode_of(FWPM_PROVIDER_CONTEXT_TYPE tunnel);
GUID module_key_of(FWPM_PROVIDER_CONTEXT_TYPE tunnel);
DWORD check_policy(const struct shape *shape, const struct image *context);
DWORD check_conditions(const struct image *conditions, UINT32 count, UINT32 tunnel_flags, int *family);

/* The conditions as the filters carry them; free() the result. Both lists are placed: their pointers are real. */
FWPM_FILTER_CONDITION0 *shown_conditions(const FWPM_FILTER_CONDITION0 *given, UINT32 *count);
