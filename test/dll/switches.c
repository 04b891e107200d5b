/* How the engine behaves where no document says how Windows does: the switches of `wfpctl sandbox set`, each as a variable
   WFPCTL_TEST_DLL_<NAME>. It is read at each use, so that a test can change it under way. */
#include "engine.h"
#include <stdio.h>
#include <string.h>

enum { MOST_VALUES = 6, LONGEST_VALUE = 128 };

/* The first value is that of a variable which is not set. A list takes several, with commas between. */
static const struct row {
  const wchar_t *name;
  BOOL list;
  const wchar_t *values[MOST_VALUES];
} rows[] = {
    [SWITCH_MAIN_MODE] = {L"MAIN_MODE", FALSE, {L"removed", L"kept"}},
    [SWITCH_TEMPLATES] = {L"TEMPLATES", FALSE, {L"any", L"strict"}},
    [SWITCH_RETRANSMISSION] = {L"RETRANSMISSION", FALSE, {L"optional", L"strict"}},
    [SWITCH_MANAGER_LIST] = {L"MANAGER_LIST", FALSE, {L"anywhere", L"outside", L"denied"}},
    [SWITCH_INTEGRITY] = {L"INTEGRITY", FALSE, {L"ok", L"fail"}},
    [SWITCH_CONDITIONS] = {L"CONDITIONS", TRUE, {L"", L"split", L"masked", L"host-bits", L"profile", L"interface"}},
};

BOOL variable(const wchar_t *name, wchar_t *value, UINT32 room) {
  wchar_t full[64];
  swprintf(full, 64, L"WFPCTL_TEST_DLL_%ls", name);
  DWORD length = GetEnvironmentVariableW(full, value, room);
  if (length > 0 && length < room) return TRUE;
  value[0] = 0;
  return FALSE;
}

void misuse(const wchar_t *what, const wchar_t *value) {
  fprintf(stderr, "the test DLL does not know %ls=%ls\n", what, value);
  TerminateProcess(GetCurrentProcess(), 99);
}

static BOOL knows(const struct row *row, const wchar_t *value) {
  for (int i = 0; i < MOST_VALUES && row->values[i]; i++)
    if (wcscmp(row->values[i], value) == 0) return TRUE;
  return FALSE;
}

/* What is asked for is never the first value; a value that nobody knows would be a test of nothing. */
BOOL switched(enum switch_name name, const wchar_t *value) {
  const struct row *row = &rows[name];
  wchar_t text[LONGEST_VALUE], *rest = text;
  BOOL found = FALSE;
  if (!knows(row, value)) misuse(row->name, value);
  if (!variable(row->name, text, LONGEST_VALUE)) return FALSE;
  for (wchar_t *end; rest; rest = end) {
    end = row->list ? wcschr(rest, L',') : NULL;
    if (end) *end++ = 0;
    if (!knows(row, rest)) misuse(row->name, rest);
    found |= wcscmp(rest, value) == 0;
  }
  return found;
}
