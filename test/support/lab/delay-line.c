/*
 * delay-line TUN OUT DST-MAC MICROSECONDS
 * Makes the interface TUN; what is routed into it leaves through the Ethernet interface OUT to DST-MAC, in order, that much later.
 * It stands in for netem where the kernel has none. Prints "ready"; ends when it is killed, and TUN with it.
 */
#define _GNU_SOURCE /* ppoll */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 65536u /* packets under way: 100 ms at 650,000 a second */
#define LONGEST 1536

struct slot { int64_t due; int length; unsigned char frame[LONGEST]; };

static void need(int ok, const char *what) { if (!ok) { perror(what); exit(1); } }

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 5) { fprintf(stderr, "TUN OUT DST-MAC MICROSECONDS are needed\n"); return 2; }
  int64_t delay = atoll(argv[4]) * 1000;
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  need(tun >= 0, "/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
  need(ioctl(tun, TUNSETIFF, &request) == 0, "TUNSETIFF");

  int out = socket(AF_PACKET, SOCK_RAW, 0);
  need(out >= 0, "AF_PACKET");
  int one = 1, bytes = 64 << 20;
  need(setsockopt(out, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) == 0, "PACKET_QDISC_BYPASS");
  setsockopt(out, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[2])};
  need(to.sll_ifindex != 0, argv[2]);
  need(bind(out, (struct sockaddr *)&to, sizeof to) == 0, "bind");
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, argv[2], IFNAMSIZ - 1);
  need(ioctl(out, SIOCGIFHWADDR, &request) == 0, "SIOCGIFHWADDR");
  unsigned char header[14];
  unsigned mac[6];
  if (sscanf(argv[3], "%x:%x:%x:%x:%x:%x", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) return 2;
  for (int i = 0; i < 6; i++) header[i] = (unsigned char)mac[i];
  memcpy(header + 6, request.ifr_hwaddr.sa_data, 6);

  struct slot *ring = calloc(SLOTS, sizeof *ring);
  need(ring != NULL, "memory");
  uint32_t head = 0, tail = 0;
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    int64_t at = now();
    while (tail - head < SLOTS) {
      struct slot *slot = &ring[tail % SLOTS];
      ssize_t length = read(tun, slot->frame + 14, LONGEST - 14);
      if (length <= 0) {
        if (length < 0 && errno != EAGAIN && errno != EIO) need(0, "read");
        break;
      }
      uint16_t type = htons(slot->frame[14] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
      memcpy(slot->frame, header, 12);
      memcpy(slot->frame + 12, &type, 2);
      slot->length = (int)length + 14;
      slot->due = at + delay;
      tail++;
      if ((tail & 63) == 0) break;
    }
    at = now();
    for (; head != tail && ring[head % SLOTS].due <= at; head++) {
      struct slot *slot = &ring[head % SLOTS];
      while (send(out, slot->frame, (size_t)slot->length, 0) < 0 && errno == ENOBUFS) continue;
    }
    struct pollfd wait = {.fd = tun, .events = tail - head < SLOTS ? POLLIN : 0};
    int64_t left = head == tail ? 1000000000 : ring[head % SLOTS].due - now();
    struct timespec pause = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    if (left > 0) ppoll(&wait, 1, &pause, NULL);
  }
}
