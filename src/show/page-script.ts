/** Makes the timeline a treegrid that a keyboard can walk (WAI-ARIA, "Treegrid Pattern"). The page reads without it. */
export const PAGE_SCRIPT = `
(() => {
  const rows = [...document.querySelectorAll('tbody tr')];
  const level = (row) => Number(row.getAttribute('aria-level'));
  const shown = () => rows.filter((row) => !row.hidden);
  const focus = (row) => {
    if (!row) return;
    for (const other of rows) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  };
  const below = (row) => {
    const found = [];
    for (const next of rows.slice(rows.indexOf(row) + 1)) {
      if (level(next) <= level(row)) break;
      found.push(next);
    }
    return found;
  };
  const open = (row, isOpen) => {
    if (!row.hasAttribute('aria-expanded')) return;
    row.setAttribute('aria-expanded', String(isOpen));
    let closedAt = isOpen ? Infinity : level(row);
    for (const next of below(row)) {
      if (level(next) <= closedAt && isOpen) closedAt = Infinity;
      next.hidden = level(next) > closedAt;
      if (!next.hidden && next.getAttribute('aria-expanded') === 'false') closedAt = level(next);
    }
  };
  const toggle = (row) => open(row, row.getAttribute('aria-expanded') !== 'true');
  const parent = (row) => rows.slice(0, rows.indexOf(row)).reverse().find((other) => level(other) < level(row));
  if (rows[0]) rows[0].tabIndex = 0;
  document.querySelector('tbody').addEventListener('keydown', (event) => {
    const row = event.target.closest('tr');
    const visible = shown();
    const at = visible.indexOf(row);
    const isOpen = row.getAttribute('aria-expanded');
    const moves = {
      ArrowDown: () => focus(visible[at + 1]),
      ArrowUp: () => focus(visible[at - 1]),
      Home: () => focus(visible[0]),
      End: () => focus(visible[visible.length - 1]),
      ArrowRight: () => (isOpen === 'false' ? open(row, true) : isOpen === 'true' ? focus(visible[at + 1]) : undefined),
      ArrowLeft: () => (isOpen === 'true' ? open(row, false) : focus(parent(row))),
      Enter: () => toggle(row),
      ' ': () => toggle(row),
    };
    if (!moves[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    moves[event.key]();
  });
  document.querySelector('tbody').addEventListener('click', (event) => {
    const row = event.target.closest('tr');
    if (!row || getSelection().toString() !== '') return;
    focus(row);
    if (event.target.closest('.name')) toggle(row);
  });
})();
`;
