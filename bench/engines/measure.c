/*
 * measure SECONDS COMMAND [ARG ...]
 * Runs the command in a process group of its own, for at most that long. Its output passes through. Then writes to descriptor 3, as JSON:
 * wall seconds, CPU seconds (user and system) and the largest resident set in KiB of what it waited for (wait4), its exit code or null,
 * and whether it was stopped. A parent this small adds nothing to the resident set, which a child takes over from it at exec.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t late;
static pid_t child;

static void stop(int signal) {
  (void)signal;
  /* First what asks it to end, so that it can write what it knows; three seconds later what it cannot refuse. */
  kill(-child, late ? SIGKILL : SIGINT);
  late = 1;
  alarm(3);
}

static double seconds(const struct timeval *t) { return (double)t->tv_sec + (double)t->tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 3) { fprintf(stderr, "SECONDS COMMAND [ARG ...] are needed\n"); return 2; }
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  child = fork();
  if (child < 0) { perror("fork"); return 1; }
  if (child == 0) {
    setpgid(0, 0);
    close(3);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  setpgid(child, child);
  struct sigaction on = {.sa_handler = stop};
  sigaction(SIGALRM, &on, NULL);
  sigaction(SIGTERM, &on, NULL);
  sigaction(SIGINT, &on, NULL);
  alarm((unsigned)atoi(argv[1]));
  int status;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0) {
    if (errno != EINTR) { perror("wait4"); return 1; }
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  alarm(0);
  kill(-child, SIGKILL);
  dprintf(3, "{\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"maxRssKiB\":%ld,\"code\":", (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
          seconds(&used.ru_utime) + seconds(&used.ru_stime), used.ru_maxrss);
  if (WIFEXITED(status)) dprintf(3, "%d", WEXITSTATUS(status));
  else dprintf(3, "null");
  dprintf(3, ",\"stopped\":%s}\n", late ? "true" : "false");
  return 0;
}
