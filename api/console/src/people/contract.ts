/** A site's people, its audit log and its ledger's signatures, as the server tells them. */
import type { Role } from "../service/contract";

export interface Token {
  id: number;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string;
}

export interface SitePerson {
  id: number;
  name: string;
  role: Role;
  language: string;
  username: string | null;
  joined_at: string;
  locked_at: string | null;
  is_you: boolean;
  browsers: number;
  phones: number;
  tokens: Token[];
}

export interface OpenInvite {
  id: string;
  role: Role;
  geofence_ids: number[];
  uses_left: number;
  expires_at: string;
}

export interface SitePeople {
  people: SitePerson[];
  invites: OpenInvite[];
}

export interface MadeInvite {
  invite_code: string;
  url: string;
  /** Rows of dark 1 and light 0. */
  qr: string[];
  role: Role;
  uses_left: number;
  expires_at: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  by: string;
  by_id: number | null;
  action: string;
  subject: string;
  about: string | null;
  about_id: number | null;
  before: unknown;
  after: unknown;
}

export interface AuditPage {
  entries: AuditEntry[];
  next: number | null;
}

export interface Signature {
  number: number;
  root: string;
  signed_at: string;
  key: string;
}
