import type { ThisMachine } from './this-machine.ts';

/** Why the SYN engine is not used, and what a person can do about it. */
export interface WhyNot {
  readonly why: string;
  readonly advice: string;
}

/** The reason that is there before anything is tried; null: try. */
export function whyNotTry({ platform, loopback }: ThisMachine): WhyNot | null {
  if (platform !== 'linux') {
    return {
      why: `the SYN engine needs Linux, this is ${platform}`,
      advice: 'run the scanner on Linux, or in its container',
    };
  }
  if (loopback) return null;
  return {
    why: 'its self-test needs 127.0.0.1, and the loopback interface is down',
    advice: 'bring it up: ip link set lo up',
  };
}

/** What a refusal of the self-test means on this machine. `said`: the engine's reason to stop, or a message. */
export function explainRefusal(said: string, { netRaw, filtered }: ThisMachine): WhyNot {
  if (/\b(?:EPERM|EACCES|ENOSYS)\b/.test(said)) {
    if (!netRaw) {
      return {
        why: `CAP_NET_RAW is missing (${said})`,
        advice: 'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)',
      };
    }
    if (filtered) {
      return {
        why: `a system call filter (seccomp) refuses raw sockets in spite of CAP_NET_RAW (${said})`,
        advice: 'allow socket() with AF_PACKET and SOCK_RAW in the seccomp profile',
      };
    }
    return {
      why: `raw sockets are refused in spite of CAP_NET_RAW (${said})`,
      advice:
        'the network belongs to another user namespace, or a security module refuses: start it where the network was made',
    };
  }
  if (/koffi|libc\.so/i.test(said)) {
    return {
      why: `koffi, which calls the C library, does not load (${said})`,
      advice: 'install the packages on this kind of machine (npm ci); it needs glibc on x64 or arm64',
    };
  }
  if (/\b(?:ENETUNREACH|EHOSTUNREACH|ENODEV|ENETDOWN)\b/.test(said)) {
    return { why: `there is no route to 127.0.0.1 (${said})`, advice: 'see ip route show table local' };
  }
  return { why: `its self-test failed: ${said}`, advice: 'connections are used meanwhile; please report this line' };
}

export function lostProbes(found: number, wanted: number): WhyNot {
  return {
    why: `its self-test lost probes: ${found} of ${wanted} listeners found on 127.0.0.1`,
    advice: "see whether this machine's firewall drops what it sends to itself",
  };
}
