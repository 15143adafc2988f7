import { useEffect, useRef } from "preact/hooks";
import { reviewPhrases as words } from "./phrases";

/** All keys at a glance. */
export function Help({ close }: { close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="key-help" aria-labelledby="key-help-title" onClose={close} data-testid="key-help">
      <header>
        <h2 id="key-help-title">{words.helpTitle}</h2>
        <button type="button" onClick={close}>
          {words.close}
        </button>
      </header>
      <div class="key-groups">
        {(["decide", "details", "boxes"] as const).map((group) => (
          <section key={group}>
            <h3>{words.keyGroups[group]}</h3>
            <dl>
              {words.keys[group].map(([key, does]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
