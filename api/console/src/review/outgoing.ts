/** What was decided and is not stored yet: sent one after the other, again until it is kept. */
import { ServiceError } from "../service/client";

const RETRY_MS = [500, 1_000, 3_000, 10_000];

export interface Sending {
  /** Sent, and sent again: the server takes a repeat as one. */
  send(): Promise<unknown>;
}

/** Keeps the order: a label that is taken back has to be there first. */
export class Outgoing {
  private waiting: Sending[] = [];
  private busy = false;
  private failures = 0;
  private awaiting: (() => void)[] = [];

  constructor(
    private readonly changed: () => void,
    /** The server will never take this one; the rest goes on. */
    private readonly refused: (error: Error) => void,
  ) {}

  get pending(): number {
    return this.waiting.length;
  }

  /** Whether the last try failed: the network is away. */
  get isStuck(): boolean {
    return this.failures > 0;
  }

  /** Resolves once all of it is stored. */
  allStored(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((done) => this.awaiting.push(done));
  }

  add(sending: Sending): void {
    this.waiting.push(sending);
    this.changed();
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        await next.send();
        this.failures = 0;
        this.waiting.shift();
      } catch (error) {
        if (isFinal(error)) {
          this.waiting.shift();
          this.refused(error);
        } else {
          this.changed();
          await pause(RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? 0);
        }
      }
      this.changed();
    }
    this.busy = false;
    for (const done of this.awaiting.splice(0)) done();
  }
}

function isFinal(error: unknown): error is ServiceError {
  return (
    error instanceof ServiceError &&
    error.status >= 400 &&
    error.status < 500 &&
    ![401, 408, 429].includes(error.status)
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => window.setTimeout(done, ms));
}
