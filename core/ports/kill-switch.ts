/** Stops every scan and every firewall change. Whoever cannot read it acts as if it were on. */
export interface KillSwitch {
  read(): Promise<{ on: boolean; reason: string | null }>;
}
