// When the page's markup is there.

/** Gradio puts our markup into the page in its own time. */
export function whenThere(select, then) {
  const look = () => {
    const found = document.querySelector(select);
    if (found) then(found);
    return Boolean(found);
  };
  if (look()) return;
  const watcher = new MutationObserver(() => look() && watcher.disconnect());
  watcher.observe(document.documentElement, { childList: true, subtree: true });
}
