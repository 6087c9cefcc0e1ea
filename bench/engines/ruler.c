/*
 * ruler INTERFACE SOURCE DST-MAC FIRST-ADDRESS HOSTS PORTS
 * The ceiling: the SYN packets of the syn engine (IPv4; MSS, SACK and timestamp options; 70 bytes on the wire) over AF_PACKET with PACKET_QDISC_BYPASS, each
 * pair once, as fast as sendmmsg takes them, in the order host by host and port by port; answers by a raw socket with a BPF filter. It
 * keeps no promise that a scanner keeps: no permutation, no second try, no check of the sequence number. Prints "address port" for what is
 * open, and on stderr "sent N in S s".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 512
#define READS 1024
#define FRAME 72
#define LENGTH 70
#define PORT 61000
/* As long as a second SYN's answer may take on these networks, after the last one. */
#define TAIL 0.3

static unsigned char frames[BATCH][FRAME], answers[READS][96];
static struct iovec out_parts[BATCH], in_parts[READS];
static struct mmsghdr out[BATCH], in[READS];
static unsigned char *seen;
static uint32_t first, hosts;
static int receiver;

static void need(int ok, const char *what) { if (!ok) { perror(what); exit(1); } }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (double)t.tv_sec + (double)t.tv_nsec / 1e9; }
static void put32(unsigned char *at, uint32_t v) { v = htonl(v); memcpy(at, &v, 4); }
static void put16(unsigned char *at, uint32_t v) { at[0] = (unsigned char)(v >> 8); at[1] = (unsigned char)v; }
static uint16_t folded(uint32_t sum) { sum = (sum & 65535) + (sum >> 16); sum = (sum & 65535) + (sum >> 16); return (uint16_t)~sum; }

static int drain(void) {
  int total = 0;
  for (;;) {
    int n = recvmmsg(receiver, in, READS, MSG_DONTWAIT, NULL);
    if (n <= 0) return total;
    total += n;
    for (int i = 0; i < n; i++) {
      unsigned char *ip = answers[i], *tcp = ip + (ip[0] & 15) * 4;
      uint32_t from;
      memcpy(&from, ip + 12, 4);
      uint32_t host = ntohl(from) - first, port = (uint32_t)tcp[0] << 8 | tcp[1];
      if (host >= hosts) continue;
      unsigned char *state = &seen[host * 65536u + port];
      if (*state == 0 && (tcp[13] & 0x12) == 0x12) {
        struct in_addr address = {.s_addr = from};
        printf("%s %u\n", inet_ntoa(address), port);
      }
      *state = 1;
    }
    if (n < READS) return total;
  }
}

int main(int argc, char **argv) {
  if (argc != 7) { fprintf(stderr, "INTERFACE SOURCE DST-MAC FIRST-ADDRESS HOSTS PORTS are needed\n"); return 2; }
  uint32_t source = ntohl(inet_addr(argv[2])), ports = (uint32_t)atoi(argv[6]);
  first = ntohl(inet_addr(argv[4]));
  hosts = (uint32_t)atoi(argv[5]);
  unsigned mac[6];
  if (sscanf(argv[3], "%x:%x:%x:%x:%x:%x", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) return 2;
  int sender = socket(AF_PACKET, SOCK_RAW, 0), one = 1, bytes = 64 << 20;
  receiver = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
  need(sender >= 0 && receiver >= 0, "socket");
  need(setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) == 0, "PACKET_QDISC_BYPASS");
  setsockopt(sender, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  struct sock_filter code[] = {{0xb1, 0, 0, 0}, {0x48, 0, 0, 2}, {0x15, 0, 1, PORT}, {0x06, 0, 0, 96}, {0x06, 0, 0, 0}};
  struct sock_fprog filter = {.len = 5, .filter = code};
  need(setsockopt(receiver, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0, "SO_ATTACH_FILTER");
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
  need(to.sll_ifindex != 0 && bind(sender, (struct sockaddr *)&to, sizeof to) == 0, argv[1]);
  struct ifreq own;
  memset(&own, 0, sizeof own);
  strncpy(own.ifr_name, argv[1], IFNAMSIZ - 1);
  need(ioctl(sender, SIOCGIFHWADDR, &own) == 0, "SIOCGIFHWADDR");
  seen = calloc((size_t)hosts * 65536u, 1);
  need(seen != NULL, "memory");
  for (int i = 0; i < BATCH; i++) {
    unsigned char *frame = frames[i], *ip = frame + 14, *tcp = ip + 20;
    for (int b = 0; b < 6; b++) frame[b] = (unsigned char)mac[b];
    memcpy(frame + 6, own.ifr_hwaddr.sa_data, 6);
    put16(frame + 12, ETHERTYPE_IP);
    ip[0] = 0x45;
    put16(ip + 2, 56);
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    put32(ip + 12, source);
    put16(tcp, PORT);
    tcp[12] = 0x90;
    tcp[13] = 2;
    put16(tcp + 14, 64240);
    tcp[20] = 2;
    tcp[21] = 4;
    put16(tcp + 22, 1460);
    put32(tcp + 24, 0x0402080a);
    out_parts[i] = (struct iovec){frame, LENGTH};
    out[i].msg_hdr.msg_iov = &out_parts[i];
    out[i].msg_hdr.msg_iovlen = 1;
  }
  for (int i = 0; i < READS; i++) {
    in_parts[i] = (struct iovec){answers[i], sizeof answers[i]};
    in[i].msg_hdr.msg_iov = &in_parts[i];
    in[i].msg_hdr.msg_iovlen = 1;
  }
  uint32_t sourceSum = (source >> 16) + (source & 65535);
  uint64_t all = (uint64_t)hosts * ports;
  double startedAt = now();
  for (uint64_t k = 0; k < all;) {
    unsigned count = all - k < BATCH ? (unsigned)(all - k) : BATCH;
    for (unsigned i = 0; i < count; i++, k++) {
      uint32_t host = first + (uint32_t)(k % hosts), port = 1 + (uint32_t)(k / hosts);
      uint32_t stamp = (uint32_t)k | 1, sequence = (host * 2654435761u) ^ (port * 40503u), hostSum = (host >> 16) + (host & 65535);
      unsigned char *ip = frames[i] + 14, *tcp = ip + 20;
      put32(ip + 16, host);
      put16(ip + 10, folded(0x4500 + 56 + 0x4000 + 0x4006 + sourceSum + hostSum));
      put16(tcp + 2, port);
      put32(tcp + 4, sequence);
      put32(tcp + 28, stamp);
      put16(tcp + 16, folded(6 + 36 + sourceSum + hostSum + PORT + port + (sequence >> 16) + (sequence & 65535) + (stamp >> 16) + (stamp & 65535) +
        0x9002 + 64240 + 0x0204 + 1460 + 0x0402 + 0x080a));
    }
    for (unsigned done = 0; done < count;) {
      int n = sendmmsg(sender, out + done, count - done, 0);
      if (n > 0) done += (unsigned)n;
      else if (errno != ENOBUFS && errno != EAGAIN) need(0, "sendmmsg");
      else drain();
    }
    drain();
  }
  fprintf(stderr, "sent %llu in %.3f s\n", (unsigned long long)all, now() - startedAt);
  for (double last = now(); now() - last < TAIL;) if (drain() > 0) last = now();
  return 0;
}
