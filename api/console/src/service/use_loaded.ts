import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../session/session_context";
import { ServiceError } from "./client";

export interface Loaded<Content> {
  content: Content | null;
  problem: string | null;
  reload(): void;
  change(how: (content: Content) => Content): void;
}

/** Load something once, and again when asked; what was there stays while it is renewed. */
export function useLoaded<Content>(load: () => Promise<Content>): Loaded<Content> {
  const { leave } = useSession();
  const [content, setContent] = useState<Content | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const newest = useRef(0);

  const reload = useCallback(() => {
    const turn = ++newest.current; // a slow old answer must not replace a newer one
    load().then(
      (loaded) => {
        if (turn !== newest.current) return;
        setContent(loaded);
        setProblem(null);
      },
      (error: unknown) => {
        if (turn !== newest.current) return;
        if (error instanceof ServiceError && error.status === 401) leave();
        else setProblem(error instanceof Error ? error.message : String(error));
      },
    );
  }, [load, leave]);

  const change = useCallback((how: (content: Content) => Content) => {
    setContent((present) => (present === null ? null : how(present)));
  }, []);

  useEffect(reload, [reload]);
  return { content, problem, reload, change };
}

/** Do something again and again while this part of the page is shown. */
export function useEvery(everyMs: number, act: () => void): void {
  useEffect(() => {
    const timer = window.setInterval(act, everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, act]);
}
