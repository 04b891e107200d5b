/* Faults: certain calls of this process fail, do nothing, lose their session, do their work and answer otherwise, wait, or end the
   process. WFPCTL_TEST_DLL_FAULT has the words of the sandbox's switch `fault`, with statuses as numbers:

     CALL#N=EFFECT[,…]   CALL may hold *; N counts the calls of that name, N+ means the Nth and all later
     EFFECT              STATUS | nothing | lost:STATUS | done:STATUS | wait:MILLISECONDS | kill | done:kill */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_FAULTS = 16, LONGEST_TEXT = 2048, KILLED = 137 };
enum effect { NO_EFFECT, REFUSE, KILL, NOTHING, LOST, DONE, DONE_KILL, WAIT };

struct fault {
  char call[64];
  UINT32 first, last, seen;
  enum effect effect;
  DWORD number;
};

static struct fault faults[MOST_FAULTS];
static UINT32 count;
static BOOL armed;
/* What the call on this thread is to end in. */
static __thread struct fault pending;

/* ---- reading --------------------------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  enum effect effect;
  BOOL numbered;
} words[] = {{"nothing", NOTHING, FALSE}, {"kill", KILL, FALSE}, {"done:kill", DONE_KILL, FALSE}, {"lost:", LOST, TRUE},
             {"done:", DONE, TRUE},       {"wait:", WAIT, TRUE}, {"", REFUSE, TRUE}};

static BOOL read_effect(struct fault *fault, const char *text) {
  for (UINT32 i = 0; i < sizeof words / sizeof *words; i++) {
    size_t length = strlen(words[i].word);
    char *end = (char *)text + length;
    if (strncmp(text, words[i].word, length) != 0) continue;
    if (words[i].numbered) fault->number = strtoul(text + length, &end, 0);
    if (*end || (words[i].numbered && end == text + length)) continue;
    fault->effect = words[i].effect;
    return TRUE;
  }
  return FALSE;
}

static BOOL read_fault(struct fault *fault, char *text) {
  char *number = strchr(text, '#'), *effect = number ? strchr(number, '=') : NULL, *rest;
  if (!effect || number - text >= (int)sizeof fault->call) return FALSE;
  *number++ = *effect++ = 0;
  *fault = (struct fault){.first = strtoul(number, &rest, 10)};
  strcpy(fault->call, text);
  fault->last = *rest == '+' ? ~0u : fault->first;
  return fault->first && read_effect(fault, effect);
}

static void arm(const wchar_t *wide) {
  char text[LONGEST_TEXT];
  WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL);
  armed = TRUE;
  count = 0;
  for (char *at = strtok(text, ","); at; at = strtok(NULL, ","))
    if (count == MOST_FAULTS || !read_fault(&faults[count++], at)) misuse(L"fault", wide);
}

/* From here on, in this process. Nothing: no faults. */
EXPORT void WINAPI WfpctlTestFaults(const wchar_t *text) {
  EnterCriticalSection(&guard);
  arm(text);
  guard_leave();
}

/* ---- striking --------------------------------------------------------------------------------------------------------- */

static BOOL matches(const char *pattern, const char *name) {
  if (*pattern == '*') return matches(pattern + 1, name) || (*name && matches(pattern, name + 1));
  return *pattern == *name && (!*pattern || matches(pattern + 1, name + 1));
}

/* Only calls that add or delete can succeed without effect. */
static BOOL changes_something(const char *call) {
  const char *add = strstr(call, "Add");
  return strncmp(call, "Fwpm", 4) == 0 && (strstr(call, "Delete") || (add && add[3] >= '0' && add[3] <= '9'));
}

static struct fault strike(const char *call) {
  struct fault struck = {0};
  wchar_t text[LONGEST_TEXT];
  EnterCriticalSection(&guard);
  if (!armed) {
    variable(L"FAULT", text, LONGEST_TEXT);
    arm(text);
  }
  for (UINT32 i = 0; i < count; i++) {
    if (!matches(faults[i].call, call) || (faults[i].effect == NOTHING && !changes_something(call))) continue;
    UINT32 number = ++faults[i].seen;
    if (!struck.effect && number >= faults[i].first && number <= faults[i].last) struck = faults[i];
  }
  guard_leave();
  return struck;
}

static void die(void) { TerminateProcess(GetCurrentProcess(), KILLED); }

/* At the entry of a call: what it answers without being made, or 0. Outside the guard: it may wait. */
DWORD fault_enter(const char *call, HANDLE engine) {
  pending = strike(call);
  switch (pending.effect) {
  case REFUSE: return pending.number;
  case LOST: session_lose(engine); return pending.number;
  case KILL: die(); return ERROR_SUCCESS;
  case WAIT: Sleep(pending.number); return ERROR_SUCCESS;
  default: return ERROR_SUCCESS;
  }
}

/* Is the call that was entered on this thread to have no effect? */
BOOL fault_ignores(void) { return pending.effect == NOTHING; }

/* At the end of a call that changes something or gives something up: what it answers. */
DWORD fault_leave(DWORD status) {
  struct fault ended = pending;
  pending = (struct fault){0};
  if (status) return status;
  if (ended.effect == DONE_KILL) die();
  return ended.effect == DONE ? ended.number : ERROR_SUCCESS;
}
