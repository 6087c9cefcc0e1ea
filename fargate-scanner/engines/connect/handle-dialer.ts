import { constants } from 'node:os';
import { type Address, isIPv6 } from '../../../core/net/address.ts';
import { SELF_CONNECT } from '../../../core/scanning/outcomes.ts';
import type { Answered, Dialer, MakeDialer } from './dialer.ts';

interface SocketName {
  address?: string;
  port?: number;
}

/** The part we use of Node's own TCP handle, the object inside every `net.Socket`. */
interface TcpHandle {
  connect(request: ConnectRequest, address: string, port: number): number;
  connect6(request: ConnectRequest, address: string, port: number): number;
  getsockname(out: SocketName): number;
  getpeername(out: SocketName): number;
  close(): void;
  reset(): number;
}

/** Belongs to one handle and is used again with it: its own connection has ended by then. */
interface ConnectRequest {
  oncomplete: (status: number, handle: TcpHandle, request: ConnectRequest) => void;
  handle: TcpHandle;
  /** -1: nobody waits for it any more. */
  slot: number;
  v6: boolean;
  address: Address;
}

interface TcpBinding {
  TCP: new (type: number) => TcpHandle;
  TCPConnectWrap: new () => ConnectRequest;
  constants: { SOCKET: number };
}

/** Idle sockets kept for the next dial, for each family. libuv hands over about this many answers before the next launches; fewer cost 20 % more CPU at 20 ms. */
const MAX_IDLE = 1_024;

/**
 * Node's TCP binding, or undefined where this Node does not have it in the shape we know. `process.binding` is deprecated in the
 * documentation only (DEP0111); Node is pinned, and without it `netDialer` takes over.
 */
function tcpBinding(): TcpBinding | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => unknown };
  if (typeof binding !== 'function') return undefined;
  try {
    const found = binding.call(process, 'tcp_wrap') as Partial<TcpBinding>;
    const methods = found.TCP?.prototype as Partial<TcpHandle> | undefined;
    const whole =
      typeof found.TCPConnectWrap === 'function' &&
      typeof found.constants?.SOCKET === 'number' &&
      typeof methods?.connect === 'function' &&
      typeof methods.connect6 === 'function' &&
      typeof methods.reset === 'function' &&
      typeof methods.getpeername === 'function';
    return whole ? (found as TcpBinding) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Dials with the handles beneath `net.Socket`, without the stream, error and event objects around them, and dials again on a
 * socket that was refused: Linux lets a failed socket connect anew, from a new source port, after it has reported the old
 * failure once more (ECONNABORTED). Measured on closed ports: 250 k/s on one core; `net.Socket` 80-100 k/s; nmap -sT 185 k/s.
 * Undefined where Node's binding is not what we know.
 */
export function handleDialer(): MakeDialer | undefined {
  const tcp = tcpBinding();
  return tcp === undefined ? undefined : (answered) => new HandleDialer(tcp, answered);
}

class HandleDialer implements Dialer {
  readonly name = 'handle';
  readonly #tcp: TcpBinding;
  readonly #answered: Answered;
  readonly #requests: (ConnectRequest | undefined)[] = [];
  readonly #idle4: ConnectRequest[] = [];
  readonly #idle6: ConnectRequest[] = [];
  readonly #complete = (status: number, handle: TcpHandle, request: ConnectRequest): void => {
    if (request.slot >= 0) this.#completed(status, handle, request);
  };

  constructor(tcp: TcpBinding, answered: Answered) {
    this.#tcp = tcp;
    this.#answered = answered;
  }

  dial(slot: number, address: Address, port: number): string | null {
    const v6 = isIPv6(address);
    const used = (v6 ? this.#idle6 : this.#idle4).pop();
    if (used !== undefined) {
      // The first call reports the old failure, the second one connects.
      if (connect(used, address, port) === 0 || connect(used, address, port) === 0) {
        this.#wait(slot, used, address);
        return null;
      }
      used.handle.close();
    }
    const request = this.#make(v6, address);
    const status = connect(request, address, port);
    if (status !== 0) {
      request.handle.close();
      return errnoName(status);
    }
    this.#wait(slot, request, address);
    return null;
  }

  abandon(slot: number): void {
    const request = this.#requests[slot];
    if (request === undefined) return;
    request.slot = -1;
    request.handle.close();
    this.#requests[slot] = undefined;
  }

  close(): void {
    for (const slot of this.#requests.keys()) this.abandon(slot);
    for (const idle of [this.#idle4, this.#idle6]) for (const { handle } of idle.splice(0)) handle.close();
  }

  #make(v6: boolean, address: Address): ConnectRequest {
    const request = new this.#tcp.TCPConnectWrap();
    request.oncomplete = this.#complete;
    request.handle = new this.#tcp.TCP(this.#tcp.constants.SOCKET);
    request.slot = -1;
    request.v6 = v6;
    request.address = address;
    return request;
  }

  #wait(slot: number, request: ConnectRequest, address: Address): void {
    request.slot = slot;
    request.address = address;
    this.#requests[slot] = request;
  }

  #completed(status: number, handle: TcpHandle, request: ConnectRequest): void {
    const { slot } = request;
    this.#requests[slot] = undefined;
    request.slot = -1;
    if (status === 0) {
      const { code, from } = openCode(handle, request.address);
      handle.reset();
      this.#answered(slot, code, from);
      return;
    }
    const code = status === REFUSED ? 'ECONNREFUSED' : errnoName(status);
    const from = code === 'ECONNRESET' ? openCode(handle, request.address).from : null;
    // It is dialled again only after this callback has returned: until then Node still holds the request.
    const idle = request.v6 ? this.#idle6 : this.#idle4;
    if (status === REFUSED && idle.length < MAX_IDLE) idle.push(request);
    else handle.close();
    this.#answered(slot, code, from);
  }
}

function connect(request: ConnectRequest, address: string, port: number): number {
  const { handle } = request;
  return request.v6 ? handle.connect6(request, address, port) : handle.connect(request, address, port);
}

/** `address`: where it goes. A connection that was reset has no peer any more. */
function openCode(handle: TcpHandle, address: Address): { code: string | null; from: number | null } {
  const [local, peer]: [SocketName, SocketName] = [{}, {}];
  if (handle.getsockname(local) !== 0) return { code: 'ENOTCONN', from: null };
  const from = local.address === address ? (local.port ?? null) : null;
  if (handle.getpeername(peer) !== 0) return { code: 'ENOTCONN', from };
  return { code: from !== null && from === peer.port ? SELF_CONNECT : null, from };
}

/** libuv's error numbers are the system's, negative. (`util.getSystemErrorName` takes 3 ms the first time.) */
const REFUSED = -constants.errno.ECONNREFUSED;
const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [-number, name]));

function errnoName(status: number): string {
  return NAMES.get(status) ?? `errno ${status}`;
}
