/** Numbers of Linux (include/uapi/) on 64-bit machines. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const IPPROTO_RAW = 255;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
export const SO_RCVTIMEO = 20;
export const SO_ATTACH_FILTER = 26;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_RCVBUF = 8;
export const PACKET_STATISTICS = 6;
export const PACKET_QDISC_BYPASS = 20;
export const IPPROTO_IPV6 = 41;
export const IP_RECVERR = 11;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const MSG_DONTWAIT = 0x40;
export const ETH_P = { 4: 0x0800, 6: 0x86dd } as const;
/** Bytes of struct mmsghdr, and where its length, its iovec and the number of them are. */
export const MMSGHDR = 64;
export const IOVEC = 16;
