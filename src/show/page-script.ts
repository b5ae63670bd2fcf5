import { STEPS } from './seconds.ts';

/** Less than this is not shown across the whole axis, in seconds. */
const LEAST_SHOWN = 2;

/** Makes the timeline a treegrid that a keyboard can walk (WAI-ARIA, "Treegrid Pattern"), and zooms it. The page reads without it. */
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
    reveal(row);
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

  // The part of the call that is shown: where it begins, as a share of the whole, and how many times larger it is.
  const table = document.querySelector('table');
  const seconds = Number(table.dataset.seconds);
  const mostZoom = Math.max(1, seconds / ${LEAST_SHOWN});
  const axis = document.querySelector('.axis');
  const wholeTicks = [...axis.children];
  const control = (id) => document.getElementById(id);
  const share = (row, end) => Number(row.dataset[end]) / 1e9 / seconds;
  const state = { zoom: 1, from: 0 };
  const label = (at, step) => {
    const digits = step < 1 ? 1 : 0;
    if (at < 600) return Number(at.toFixed(1)) + ' s';
    return Math.floor(at / 60) + ':' + (at % 60).toFixed(digits).padStart(digits ? 4 : 2, '0');
  };
  const ticks = () => {
    if (state.zoom === 1) return wholeTicks;
    const length = seconds / state.zoom;
    const most = Math.max(2, axis.clientWidth / 90);
    const step = ${JSON.stringify(STEPS)}.find((one) => length / one <= most) || length / most;
    const made = [];
    for (let at = Math.ceil(state.from * seconds / step - 1e-9); ; at++) {
      const left = (at * step / seconds - state.from) * state.zoom;
      if (left > 0.92) return made;
      const tick = document.createElement('span');
      tick.textContent = label(at * step, step);
      tick.style.left = left * 100 + '%';
      made.push(tick);
    }
  };
  const draw = (zoom, from) => {
    state.zoom = Math.min(mostZoom, Math.max(1, zoom));
    const last = 1 - 1 / state.zoom;
    state.from = Math.min(last, Math.max(0, from));
    table.style.setProperty('--zoom', state.zoom);
    table.style.setProperty('--from', state.from * 100 + '%');
    axis.replaceChildren(...ticks());
    control('out').disabled = control('whole').disabled = state.zoom === 1;
    control('in').disabled = state.zoom === mostZoom;
    control('earlier').disabled = state.from === 0;
    control('later').disabled = state.from === last;
  };
  const current = () => rows.find((row) => row.tabIndex === 0);
  const by = (factor) => {
    const row = current();
    const zoom = Math.min(mostZoom, state.zoom * factor);
    const middle = !row || level(row) === 1 ? state.from + 0.5 / state.zoom : (share(row, 'start') + share(row, 'end')) / 2;
    draw(zoom, middle - 0.5 / zoom);
  };
  const reveal = (row) => {
    if (state.zoom === 1 || level(row) === 1) return;
    const [from, to] = [share(row, 'start'), share(row, 'end')];
    if (to < state.from || from > state.from + 1 / state.zoom) draw(state.zoom, (from + to) / 2 - 0.5 / state.zoom);
  };
  if (seconds > 0) {
    document.querySelector('.zoom').hidden = false;
    control('out').addEventListener('click', () => by(0.5));
    control('in').addEventListener('click', () => by(2));
    control('whole').addEventListener('click', () => draw(1, 0));
    const pan = (views) => {
      draw(state.zoom, state.from + views / state.zoom);
      const first = shown().find((row) => level(row) > 1 && share(row, 'end') > state.from);
      if (first) first.scrollIntoView({ block: 'center' });
    };
    control('earlier').addEventListener('click', () => pan(-0.5));
    control('later').addEventListener('click', () => pan(0.5));
    for (const id of ['out', 'whole', 'earlier', 'later']) control(id).disabled = true;
    control('in').disabled = mostZoom === 1;
  }

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
      '+': () => by(2),
      '=': () => by(2),
      '-': () => by(0.5),
      '0': () => draw(1, 0),
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
