/* What the engine makes of the conditions that a tunnel is added with, when the switch CONDITIONS says so. */
#include "engine.h"
#include "policy.h"
#include "sdk/guids.h"
#include <stdlib.h>
#include <string.h>

/* One block: the conditions, then what their values point to. */
struct shown {
  FWPM_FILTER_CONDITION0 *conditions;
  BYTE *room;
  UINT32 count;
};

enum { LARGEST_VALUE = 24 };

static struct shown room_for(UINT32 count) {
  struct shown shown = {.conditions = calloc(count, sizeof(FWPM_FILTER_CONDITION0) + LARGEST_VALUE)};
  shown.room = (BYTE *)(shown.conditions + count);
  return shown;
}

static void *keep(struct shown *shown, const void *value, UINT32 size) {
  void *kept = memcpy(shown->room, value, size);
  shown->room += LARGEST_VALUE;
  return kept;
}

static void show(struct shown *shown, FWPM_FILTER_CONDITION0 condition) { shown->conditions[shown->count++] = condition; }

/* ---- subnets, in bytes of network order --------------------------------------------------------------------------------- */

struct subnet {
  BYTE bytes[16];
  UINT32 size, prefix; /* size 0: not a subnet */
};

static struct subnet subnet_of(const FWP_CONDITION_VALUE0 *value) {
  struct subnet subnet = {0};
  if (value->type == FWP_V6_ADDR_MASK) {
    memcpy(subnet.bytes, value->v6AddrMask->addr, 16);
    subnet.size = 16;
    subnet.prefix = value->v6AddrMask->prefixLength;
  } else if (value->type == FWP_V4_ADDR_MASK) {
    for (int i = 0; i < 4; i++) subnet.bytes[i] = (BYTE)(value->v4AddrMask->addr >> (24 - 8 * i));
    for (UINT32 mask = value->v4AddrMask->mask; mask; mask <<= 1) subnet.prefix++;
    subnet.size = 4;
  }
  return subnet;
}

static BOOL has_host_part(const struct subnet *subnet) { return subnet->size && subnet->prefix < subnet->size * 8; }
static void set_bit(struct subnet *subnet, UINT32 bit) { subnet->bytes[bit / 8] |= (BYTE)(0x80 >> bit % 8); }

static FWPM_FILTER_CONDITION0 with_subnet(struct shown *shown, FWPM_FILTER_CONDITION0 condition, const struct subnet *subnet) {
  if (subnet->size == 16) {
    FWP_V6_ADDR_AND_MASK mask = {.prefixLength = (UINT8)subnet->prefix};
    memcpy(mask.addr, subnet->bytes, 16);
    condition.conditionValue.type = FWP_V6_ADDR_MASK;
    condition.conditionValue.v6AddrMask = keep(shown, &mask, sizeof mask);
  } else {
    FWP_V4_ADDR_AND_MASK mask = {.mask = subnet->prefix ? ~0u << (32 - subnet->prefix) : 0};
    for (int i = 0; i < 4; i++) mask.addr = mask.addr << 8 | subnet->bytes[i];
    condition.conditionValue.type = FWP_V4_ADDR_MASK;
    condition.conditionValue.v4AddrMask = keep(shown, &mask, sizeof mask);
  }
  return condition;
}

/* ---- the changes ---------------------------------------------------------------------------------------------------------- */

/* Each hands on what it makes of a condition; at the end of the row it is shown. */
typedef void change(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row);
static void hand_on(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row);

static void split(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row) {
  struct subnet half = subnet_of(&condition.conditionValue);
  if (!has_host_part(&half)) {
    hand_on(shown, condition, row);
    return;
  }
  UINT32 bit = half.prefix++;
  hand_on(shown, with_subnet(shown, condition, &half), row);
  set_bit(&half, bit);
  hand_on(shown, with_subnet(shown, condition, &half), row);
}

static void mask(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row) {
  const FWP_CONDITION_VALUE0 *value = &condition.conditionValue;
  struct subnet own = {.size = value->type == FWP_UINT32 ? 4 : value->type == FWP_BYTE_ARRAY16_TYPE ? 16 : 0};
  own.prefix = own.size * 8;
  for (int i = 0; own.size == 4 && i < 4; i++) own.bytes[i] = (BYTE)(value->uint32 >> (24 - 8 * i));
  if (own.size == 16) memcpy(own.bytes, value->byteArray16, 16);
  hand_on(shown, own.size ? with_subnet(shown, condition, &own) : condition, row);
}

static void host_bit(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row) {
  struct subnet subnet = subnet_of(&condition.conditionValue);
  if (has_host_part(&subnet)) {
    set_bit(&subnet, subnet.size * 8 - 1);
    condition = with_subnet(shown, condition, &subnet);
  }
  hand_on(shown, condition, row);
}

static const struct {
  const wchar_t *name;
  change *make;
} changes[] = {{L"split", split}, {L"masked", mask}, {L"host-bits", host_bit}};

enum { CHANGES = sizeof changes / sizeof *changes };

static void hand_on(struct shown *shown, FWPM_FILTER_CONDITION0 condition, int row) {
  while (row < CHANGES && !switched(SWITCH_CONDITIONS, changes[row].name)) row++;
  if (row < CHANGES) changes[row].make(shown, condition, row + 1);
  else show(shown, condition);
}

/* Only addresses are changed, and those in ranges not either. */
static BOOL is_address(const FWPM_FILTER_CONDITION0 *condition) {
  return IsEqualGUID(&condition->fieldKey, &FWPM_CONDITION_IP_LOCAL_ADDRESS) || IsEqualGUID(&condition->fieldKey, &FWPM_CONDITION_IP_REMOTE_ADDRESS);
}

static void more(struct shown *shown) {
  UINT64 luid = 0x0006008000000000ull;
  if (switched(SWITCH_CONDITIONS, L"profile"))
    show(shown, (FWPM_FILTER_CONDITION0){FWPM_CONDITION_CURRENT_PROFILE_ID, FWP_MATCH_EQUAL, {.type = FWP_UINT32, .uint32 = 1}});
  if (switched(SWITCH_CONDITIONS, L"interface"))
    show(shown, (FWPM_FILTER_CONDITION0){FWPM_CONDITION_IP_LOCAL_INTERFACE, FWP_MATCH_EQUAL,
                                         {.type = FWP_UINT64, .uint64 = keep(shown, &luid, sizeof luid)}});
}

FWPM_FILTER_CONDITION0 *shown_conditions(const FWPM_FILTER_CONDITION0 *given, UINT32 *count) {
  struct shown shown = room_for(*count * 2 * CHANGES + 2);
  for (UINT32 i = 0; i < *count; i++) hand_on(&shown, given[i], is_address(&given[i]) ? 0 : CHANGES);
  more(&shown);
  *count = shown.count;
  return shown.conditions;
}
