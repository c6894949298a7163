// What of PostgreSQL's write-ahead log would survive a power cut. Loaded into a server's processes by LD_PRELOAD, it keeps beside each
// segment a shadow that grows only when the segment has been synced: pages that were written and not synced are not in it.
//
// The server syncs its log under one lock that writers hold too, so what is in the file when fdatasync() returns is what was synced.
// A page belongs to this lap of a recycled segment if its head has its own address (XLogPageHeaderData.xlp_pageaddr).
//
//   clang -shared -fPIC -O2 wal_shadow.c -o wal_shadow.so        OSIER_TEST_WAL_SHADOW names the folder of the shadows

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { page_size = 8192, segment_size = 16 << 20, name_length = 24 };

// The segment's name if the file is one, which is 24 hexadecimal digits in the folder pg_wal.
static int find_segment(int file, char name[name_length + 1]) {
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  const char* const at = strstr(path, "/pg_wal/");
  if (at == NULL) return 0;
  const char* const found = at + strlen("/pg_wal/");
  if (strlen(found) != name_length || strspn(found, "0123456789ABCDEF") != name_length) return 0;
  memcpy(name, found, name_length + 1);
  return 1;
}

// A name is timeline, upper half and number of the segment, eight digits each.
static uint64_t address_of(const char* name) {
  char part[9] = {0};
  memcpy(part, name + 8, 8);
  const uint64_t upper = strtoull(part, NULL, 16);
  memcpy(part, name + 16, 8);
  return (upper << 32) + strtoull(part, NULL, 16) * segment_size;
}

static void keep_what_was_synced(int file) {
  const char* const folder = getenv("OSIER_TEST_WAL_SHADOW");
  char name[name_length + 1];
  if (folder == NULL || !find_segment(file, name)) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  const int shadow = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (shadow < 0) abort();  // A test that cannot see would be a test that passes.

  const uint64_t start = address_of(name);
  const off_t known = lseek(shadow, 0, SEEK_END);
  // The last page may have been synced half full.
  for (off_t at = known >= page_size ? known - page_size : 0; at < segment_size; at += page_size) {
    unsigned char page[page_size];
    uint64_t address = 0;
    if (pread(file, page, page_size, at) != page_size) break;
    memcpy(&address, page + 8, sizeof address);
    if (address != start + (uint64_t)at) break;
    if (pwrite(shadow, page, page_size, at) != page_size) abort();
  }
  close(shadow);
}

int fdatasync(int file) {
  static int (*real)(int) = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "fdatasync");
  const int result = real(file);
  if (result == 0) keep_what_was_synced(file);
  return result;
}

int fsync(int file) {
  static int (*real)(int) = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "fsync");
  const int result = real(file);
  if (result == 0) keep_what_was_synced(file);
  return result;
}
