import { call } from "../service/client";
import type { Role } from "../service/contract";
import type { AuditPage, MadeInvite, SitePeople, Signature, Token } from "./contract";

export interface AuditWish {
  area: string;
  person: string;
  before: number | null;
}

export const people = {
  list: () => call<SitePeople>("GET", "/people"),
  change: (id: number, wish: { role?: Role; locked?: boolean }) => call<void>("PATCH", `/people/${id}`, wish),
  forget: (id: number) => call<void>("DELETE", `/people/${id}`),
  revoke: (person: number, token: number) => call<void>("DELETE", `/people/${person}/tokens/${token}`),
  invite: (wish: { role: Role; uses: number; geofence_ids: number[] }) => call<MadeInvite>("POST", "/invites", wish),
  withdraw: (id: string) => call<void>("DELETE", `/invites/${id}`),
  makeToken: (wish: { name: string; scopes: string[]; days: number }) =>
    call<Token & { token: string }>("POST", "/me/tokens", wish),
  audit: ({ area, person, before }: AuditWish) => {
    const asked = new URLSearchParams();
    if (area) asked.set("area", area);
    if (person) asked.set("person_id", person);
    if (before !== null) asked.set("before", String(before));
    return call<AuditPage>("GET", `/audit?${asked}`);
  },
  key: async () => (await call<{ key: string }>("GET", "/ledger/key")).key,
  signatures: async () => (await call<{ signatures: Signature[] }>("GET", "/ledger/signatures")).signatures,
};

export const certificateOf = (alert: string): string =>
  `/api/v1/alerts/${encodeURIComponent(alert)}/certificate.html`;
