/* What pages can do beyond being read. Every page works without this file. */
(() => {
  'use strict';

  const REFRESH_MS = 5000;
  const keys = [
    ['/', 'go to the search field'],
    ['r', 'refresh'],
    ['?', 'show these keys'],
    ['Esc', 'close, leave the field, or go back'],
  ];

  // Copy buttons. Without a secure context there is no clipboard, and no button.

  function showCopyButtons(root) {
    if (navigator.clipboard) {
      root.querySelectorAll('button[data-copy]').forEach((button) => { button.hidden = false; });
    }
  }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('button[data-copy]');
    if (!button) {
      return;
    }
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'Copied';
    } catch (refused) {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  // Keys

  function isTyping(element) {
    return element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
  }

  function element(name, text) {
    const made = document.createElement(name);
    if (text) {
      made.textContent = text;
    }
    return made;
  }

  function showKeys() {
    let dialog = document.getElementById('keys');
    if (!dialog) {
      dialog = element('dialog');
      dialog.id = 'keys';
      const heading = element('h2', 'Keys');
      heading.id = 'keys-title';
      dialog.setAttribute('aria-labelledby', 'keys-title');
      const list = element('dl');
      list.className = 'keys';
      keys.forEach(([key, what]) => {
        const term = element('dt');
        term.append(element('kbd', key));
        list.append(term, element('dd', what));
      });
      const form = element('form');
      form.method = 'dialog';
      form.append(element('button', 'Close'));
      dialog.append(heading, list, form);
      document.body.append(dialog);
    }
    if (!dialog.open) {
      dialog.showModal();
    }
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) {
      return;
    }
    const target = event.target;
    if (event.key === 'Escape') {
      if (document.querySelector('dialog[open]')) {
        return;
      }
      if (isTyping(target)) {
        target.blur();
      } else if (document.referrer.startsWith(location.origin + '/') && history.length > 1) {
        history.back();
      }
      return;
    }
    if (isTyping(target)) {
      return;
    }
    if (event.key === '/') {
      const search = document.querySelector('[data-search]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === 'r') {
      location.reload();
    } else if (event.key === '?') {
      showKeys();
    }
  });

  // Live refresh: the page is fetched again, and of it is taken
  //   - every element with an id and data-live, whole, unless the focus is inside;
  //   - of tables with data-rows="live", rows that are listed already, by their data-key. New rows are counted only:
  //     nothing that is being read moves.
  // Nothing happens while the tab is hidden, a row is selected or text is marked, or on a later page.

  function liveTables() {
    return [...document.querySelectorAll('table[data-rows="live"][id]')];
  }

  function livePieces() {
    return [...document.querySelectorAll('[data-live][id]')];
  }

  function isPaused() {
    const selection = document.getSelection();
    return document.hidden
      || (selection && !selection.isCollapsed && document.querySelector('main').contains(selection.anchorNode))
      || document.querySelector('tbody input:checked, dialog[open]') !== null;
  }

  function refreshRow(row, fresh) {
    if (row.innerHTML === fresh.innerHTML || row.contains(document.activeElement)) {
      return;
    }
    // A time that has become "12 s ago" is no change worth showing.
    const words = (of) => [...of.querySelectorAll('td')].filter((cell) => !cell.querySelector('time'))
      .map((cell) => cell.textContent.replace('Copied', 'Copy').trim()).join('\n');
    const changed = words(row) !== words(fresh);
    row.replaceChildren(...document.importNode(fresh, true).childNodes);
    showCopyButtons(row);
    if (changed) {
      row.classList.remove('changed');
      void row.offsetWidth;
      row.classList.add('changed');
    }
  }

  function refreshTable(table, page) {
    const fresh = page.getElementById(table.id);
    if (!fresh) {
      return;
    }
    const listed = new Map([...table.querySelectorAll('tr[data-key]')].map((row) => [row.dataset.key, row]));
    let unseen = 0;
    fresh.querySelectorAll('tr[data-key]').forEach((row) => {
      const known = listed.get(row.dataset.key);
      if (known) {
        refreshRow(known, row);
      } else {
        unseen += 1;
      }
    });
    tellUnseen(table, unseen, unseen === fresh.querySelectorAll('tr[data-key]').length);
  }

  function tellUnseen(table, count, many) {
    const id = table.id + '-new';
    let button = document.getElementById(id);
    if (count === 0) {
      if (button) {
        button.remove();
      }
      return;
    }
    if (!button) {
      button = element('button');
      button.id = id;
      button.type = 'button';
      button.className = 'new-rows';
      button.setAttribute('aria-live', 'polite');
      button.addEventListener('click', () => location.reload());
      (table.closest('.scroll') || table).before(button);
    }
    const text = count + (many ? '+' : '') + ' new – show';
    if (button.textContent !== text) {
      button.textContent = text;
    }
  }

  function refreshPiece(piece, page) {
    const fresh = page.getElementById(piece.id);
    if (fresh && fresh.innerHTML !== piece.innerHTML && !piece.contains(document.activeElement)) {
      piece.replaceChildren(...document.importNode(fresh, true).childNodes);
      showCopyButtons(piece);
    }
  }

  let freshAt = new Date();
  let misses = 0;

  // What is shown must not pass for news when no news come: a note says so, and the style sheet marks what it is about.
  function tellStale(what, way) {
    const old = document.getElementById('stale');
    document.getElementById('main').classList.toggle('stale', what !== '');
    if (!what) {
      if (old) {
        old.remove();
      }
      return;
    }
    const text = what + ' What is shown is of ' + freshAt.toISOString().slice(11, 19) + ' UTC. ';
    if (old && old.firstChild.textContent === text) {
      return;
    }
    const note = old || element('p');
    note.id = 'stale';
    note.className = 'message warn';
    note.setAttribute('role', 'status');
    const link = element('a');
    link.href = location.href;
    link.textContent = way;
    note.replaceChildren(text, link);
    if (!old) {
      document.querySelector('main h1').after(note);
    }
  }

  function parsed(text) {
    return new DOMParser().parseFromString(text, 'text/html');
  }

  // An error that is answered by a page of ours: that says what is wrong, and its banner what is away. Of another's answer,
  // such as a proxy's, nothing is known.
  function tellFailed(page) {
    const banner = page.getElementById('banner');
    const reason = page.querySelector('main .state h2');
    if (!banner || !reason) {
      return false;
    }
    misses = 0;
    refreshPiece(document.getElementById('banner'), page);
    tellStale('This page could not be loaded again: ' + reason.textContent + '.', 'Try again');
    return true;
  }

  async function refresh() {
    const answer = await fetch(location.href, {
      headers: { 'X-Hooklatch-Refresh': '1' },
      credentials: 'same-origin',
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(REFRESH_MS),
    });
    if (answer.type === 'opaqueredirect') {
      tellStale('You are not signed in any more.', 'Sign in');
      return;
    }
    if (answer.status >= 500) {
      if (!tellFailed(parsed(await answer.text()))) {
        throw new Error('HTTP ' + answer.status);
      }
      return;
    }
    if (!answer.ok) {
      return;
    }
    freshAt = new Date();
    misses = 0;
    tellStale('');
    const page = parsed(await answer.text());
    if (!isPaused()) {
      liveTables().forEach((table) => refreshTable(table, page));
      livePieces().forEach((piece) => refreshPiece(piece, page));
    }
  }

  async function keepFresh() {
    if (!isPaused()) {
      try {
        await refresh();
      } catch (away) {
        // What is shown stays, and the next turn asks again.
        misses += 1;
        if (misses > 1) {
          tellStale('The server does not answer, so this page is not refreshed.', 'Try again');
        }
      }
    }
    setTimeout(keepFresh, REFRESH_MS);
  }

  showCopyButtons(document);
  const alone = livePieces().every((piece) => piece.id === 'banner');
  if (liveTables().length > 0 || !alone) {
    setTimeout(keepFresh, REFRESH_MS);
  }
})();
