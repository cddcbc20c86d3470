// The page: everything is made of the data by textContent and attributes, nothing of it is ever parsed as HTML.
const $ = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const COLOURS = {light: ['#0072B2', '#C77700', '#00805D', '#B0568B', '#D55E00', '#2F8FC4'], dark: ['#56B4E9', '#E69F00', '#2BC08D', '#E39BC6', '#F2813D', '#F0E442']};
const PRIORITIES = ['Emergency', 'Alert', 'Critical', 'Error', 'Warning', 'Notice', 'Informational', 'Debug'];
const SIGNS = ['●', '●', '●', '●', '▲', '■', '■', '■'];
const SHADES = ['#D55E00', '#D55E00', '#D55E00', '#D55E00', '#E69F00', '#56B4E9', '#56B4E9', '#999999'];

const POWERS = Array.from({length: 60}, (_, i) => 2 ** i);  // steps of axes of bytes

function make(tag, text, attributes) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
}

function scaled(value, unit) {
  if (unit === 'ns') {
    for (const [size, name] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']]) if (value >= size) return (value / size).toFixed(2) + ' ' + name;
    return Math.round(value) + ' ns';
  }
  const step = unit === 'bytes' ? 1024 : 1000;
  let i = 0;
  while (Math.abs(value) >= step && i < 5) { value /= step; i++; }
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits) + ['', 'K', 'M', 'G', 'T', 'P'][i] + (unit === 'bytes' ? (i ? 'B' : ' B') : '');
}

function spark(series) {
  const svg = document.createElementNS(SVG, 'svg');
  const n = Math.min(series.length, 100), most = Math.max(...series, 1);
  let path = '';
  for (let i = 0; i < n; i++) {
    let v = 0;
    for (let k = Math.floor(i * series.length / n); k < Math.floor((i + 1) * series.length / n); k++) v = Math.max(v, series[k]);
    path += (i ? 'L' : 'M') + i + ' ' + (24 - 22 * v / most).toFixed(1);
  }
  svg.setAttribute('viewBox', `0 0 ${Math.max(n - 1, 1)} 25`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  line.setAttribute('vector-effect', 'non-scaling-stroke');
  svg.append(line);
  return svg;
}

async function unpack() {
  const text = $('data').textContent.trim();
  let bytes;
  if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(text);
  else {  // a loop takes a tenth of the time of a function for each character
    const binary = atob(text);
    bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

function start(D) {
  const line = D.line, second = line.width / 1e9, used = Math.max(line.used, 1);
  const stretches = Math.ceil(used / line.coarse);
  const X = Array.from({length: used}, (_, i) => i * second);
  const state = {from: 0, to: stretches, row: '', tab: 0, narrow: null};  // narrow: a table that was asked for, with its tab
  const charts = new Map();
  let quiet = false;
  // what the browser is asked is asked before anything is added: each answer would wait for the layout of that
  const looksDark = () => getComputedStyle(document.documentElement).getPropertyValue('--bg').trim() !== '#fff';
  let isDark = looksDark(), width = Math.max($('charts').clientWidth, 280);
  const dark = () => isDark;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { isDark = looksDark(); });
  const whole = () => state.from <= 0 && state.to >= stretches;

  // bounds are built with BigInt: times in ns are beyond what numbers hold
  const edge = stretch => (BigInt(line.origin) + BigInt(stretch) * BigInt(line.coarse) * BigInt(line.width)).toString();
  function brush() {
    const parts = [];
    if (state.from > 0) parts.push('evt.rawtime>=' + edge(state.from));
    if (state.to < stretches) parts.push('evt.rawtime<' + edge(state.to));
    return parts.join(' and ');
  }
  function filter() {
    const some = [D.filter, brush(), state.row].filter(Boolean);
    return some.length < 2 ? some.join('') : some.map(t => / or /.test(t) ? '(' + t + ')' : t).join(' and ');
  }
  function told() {
    state.narrow = null;
    $('filter').textContent = filter() || 'everything';
    $('clear').hidden = whole() && !state.row;
    $('range').textContent = whole() ? scaled(used * line.width, 'ns') : (state.from * line.coarse * second).toFixed(3) + ' s to ' + (Math.min(state.to * line.coarse, used) * second).toFixed(3) + ' s';
    history.replaceState(null, '', whole() ? '#' : `#t=${state.from}-${state.to}`);
  }

  function select(from, to) {
    state.from = Math.max(0, Math.min(from, stretches - 1));
    state.to = Math.max(state.from + 1, Math.min(to, stretches));
    marked();
    told();
    table();
  }
  function mark(plot) {
    const left = plot.valToPos(state.from * line.coarse * second, 'x'), right = plot.valToPos(Math.min(state.to * line.coarse, used - 1) * second, 'x');
    plot.setSelect(whole() ? {left: 0, top: 0, width: 0, height: 0} : {left, top: 0, width: Math.max(right - left, 2), height: plot.over.clientHeight}, false);
  }

  // charts
  function draw(metric) {
    const palette = COLOURS[dark() ? 'dark' : 'light'], box = make('div', null, {class: 'chart'}), colour = palette[charts.size % palette.length];
    const title = make('h3', metric.name), readout = make('output', '');
    title.append(make('small', 'per ' + scaled(line.width, 'ns')));
    title.append(readout);
    box.append(title);
    $('charts').append(box);
    const unit = metric.kind === 'bytes' ? 'bytes' : '', soft = dark() ? '#9198a1' : '#57606a';
    const axis = {stroke: soft, grid: {stroke: '#8883', width: 1}, ticks: {stroke: '#8883', width: 1}, font: '11px system-ui'};
    const plot = new uPlot({
      width, height: 120, legend: {show: false},
      cursor: {sync: {key: 'time', setSeries: false}, drag: {x: true, y: false, setScale: false}},
      scales: {x: {time: false}, y: {range: (u, low, high) => [0, Math.max(high, 1)]}},
      series: [{}, {stroke: colour, width: 1, fill: colour + '26', points: {show: false}}],
      axes: [{...axis, size: 24, values: (u, ticks) => ticks.map(t => +t.toFixed(6) + ' s')}, {...axis, size: 56, incrs: unit ? POWERS : undefined, values: (u, ticks) => ticks.map(t => scaled(t, unit))}],
      hooks: {
        setSelect: [u => {
          if (quiet) return;
          if (u.select.width < 3) return select(0, stretches);
          const from = u.posToVal(u.select.left, 'x') / second / line.coarse, to = u.posToVal(u.select.left + u.select.width, 'x') / second / line.coarse;
          select(Math.floor(from), Math.ceil(to));
        }],
        setCursor: [u => { const i = u.cursor.idx; readout.textContent = i == null ? '' : `${(i * second).toFixed(3)} s: ${scaled(metric.series[i] || 0, unit)}`; }],
        drawClear: [u => {
          for (const [, from, to] of D.losses) {
            const a = u.valToPos(Math.max(from, 0) / 1e9, 'x', true), b = u.valToPos(to / 1e9, 'x', true);
            u.ctx.fillStyle = dark() ? '#8886' : '#9996';
            for (let x = a; x <= Math.max(b, a + 4); x += 4) u.ctx.fillRect(x, u.bbox.top, 2, u.bbox.height);
          }
        }],
        draw: [u => {
          for (const alert of D.alerts.items) {
            const x = u.valToPos(alert.at / 1e9, 'x', true), y = u.bbox.top + u.bbox.height;
            u.ctx.fillStyle = SHADES[alert.priority];
            u.ctx.beginPath(); u.ctx.moveTo(x, y - 9); u.ctx.lineTo(x - 5, y); u.ctx.lineTo(x + 5, y); u.ctx.fill();
          }
        }],
      },
    }, [X, metric.series], box);
    plot.over.tabIndex = 0;
    plot.over.setAttribute('aria-label', metric.name + ': arrow keys move the brush, Shift and arrow keys its end, Escape clears it');
    plot.over.addEventListener('keydown', event => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (event.key === 'Escape') select(0, stretches);
      else if (step && whole()) select(step > 0 ? 0 : stretches - 1, step > 0 ? 1 : stretches);
      else if (step && event.shiftKey) select(state.from, state.to + step);
      else if (step && state.from + step >= 0 && state.to + step <= stretches) select(state.from + step, state.to + step);
      else return;
      event.preventDefault();
    });
    charts.set(metric.id, {plot, box, metric});
    mark(plot);
  }
  function toggle(metric, tile) {
    const chart = charts.get(metric.id);
    if (chart) { chart.plot.destroy(); chart.box.remove(); charts.delete(metric.id); } else draw(metric);
    tile.setAttribute('aria-pressed', String(charts.has(metric.id)));
  }

  // head and tiles
  $('theme').addEventListener('click', () => {
    document.documentElement.dataset.theme = looksDark() ? 'light' : 'dark';
    isDark = looksDark();
    const shown = [...charts.values()];
    charts.clear();
    for (const chart of shown) { chart.plot.destroy(); chart.box.remove(); }
    for (const chart of shown) draw(chart.metric);
    heat();
  });
  const empty = [], first = ['syscallCount', 'fileBytes', 'netBytes', 'forkCount'], opened = [];
  for (const metric of D.tiles) {
    if (!metric.total) { empty.push(metric.name); continue; }
    const tile = make('button', null, {class: 'tile', 'aria-pressed': 'false', title: metric.filter || metric.name});
    tile.append(make('span', metric.name), make('b', scaled(metric.total, metric.kind === 'bytes' ? 'bytes' : '')), spark(metric.series));
    tile.addEventListener('click', () => toggle(metric, tile));
    $('tiles').append(tile);
    if (first.includes(metric.id)) opened.push([metric, tile]);
  }
  $('empty').textContent = empty.length ? `Nothing of: ${empty.join(', ')}.` : '';

  // rows of which one adds to the filter; chosen: what it adds, '' nothing; more: draws the rows that follow, if they are not there yet
  function pickable(row, chosen, more) {
    const choose = () => { state.row = state.row === chosen ? '' : chosen; told(); for (const r of row.parentNode.rows) r.setAttribute('aria-selected', String(r === row && !!state.row)); };
    row.addEventListener('click', choose);
    row.addEventListener('keydown', event => {
      if (more && !row.nextSibling) more();
      const next = {ArrowDown: row.nextSibling, ArrowUp: row.previousSibling}[event.key];
      if (next) next.focus(); else if (event.key === 'Enter' || event.key === ' ') choose(); else return;
      event.preventDefault();
    });
  }

  // rows of a table in a box that scrolls: as many as it shows now, more as they are scrolled to (layout of thousands takes a second), all to
  // print
  const unfinished = new Map();
  function gradually(box, rows, draw) {
    let drawn = 0;
    const more = () => { const to = Math.min(drawn + (drawn ? 200 : 40), rows.length); while (drawn < to) draw(rows[drawn++], more); };
    box.onscroll = () => { if (box.scrollTop + 2 * box.clientHeight > box.scrollHeight) more(); };
    unfinished.set(box, () => { while (drawn < rows.length) more(); });
    more();
  }
  addEventListener('beforeprint', () => { for (const finish of unfinished.values()) finish(); });

  // tables
  const tabs = D.tables.filter(t => t.rows.length), order = {};
  tabs.forEach((data, i) => {
    const tab = make('button', data.name, {role: 'tab', id: 'tab' + i, 'aria-selected': 'false', 'aria-controls': 'grid'});
    tab.addEventListener('click', () => { state.tab = i; state.row = ''; told(); table(); });
    $('tabs').append(tab);
  });
  function values(data) {
    if (whole() || !data.cube) return data.rows.map((row, i) => ({row, i}));
    return data.cube.rows.map((cells, i) => {
      const sums = data.cube.columns.map(() => 0);
      let some = false;
      for (const [stretch, ...amounts] of cells) if (stretch >= state.from && stretch < state.to) { some = true; amounts.forEach((v, k) => { sums[k] += v; }); }
      const row = data.rows[i].slice();
      data.cube.columns.forEach((column, k) => { row[column] = sums[k]; });
      return some ? {row, i} : null;
    }).filter(Boolean);
  }
  function table() {
    const narrow = state.narrow && state.narrow.tab === state.tab, data = narrow ? state.narrow.data : tabs[state.tab];
    [...$('tabs').children].forEach((tab, i) => { tab.setAttribute('aria-selected', String(i === state.tab)); tab.tabIndex = i === state.tab ? 0 : -1; });
    $('grid').textContent = '';
    if (!data) return;
    const sort = order[state.tab] || {column: data.sort, down: data.columns[data.sort].number};
    const wanted = $('find').value.toLowerCase();
    const rows = values(data).filter(r => !wanted || r.row.some(v => String(v).toLowerCase().includes(wanted)));
    rows.sort((a, b) => (a.row[sort.column] < b.row[sort.column] ? -1 : a.row[sort.column] > b.row[sort.column] ? 1 : 0) * (sort.down ? -1 : 1) || a.i - b.i);
    const follows = data.cube ? data.cube.columns : [];
    $('count').textContent = `${rows.length} of ${data.total} rows` + (narrow ? ' of the filter' : whole() ? '' : data.cube ? '; in the brush (columns with ◆)' : '; this table does not follow the brush');
    const grid = make('table', null, {role: 'grid', 'aria-rowcount': String(data.total), 'aria-label': data.name}), head = make('tr');
    data.columns.forEach((column, k) => {
      const name = column.title + (column.sum ? ' Σ' : '') + (!whole() && follows.includes(k) ? ' ◆' : '');
      const cell = make('th', null, {'aria-sort': k !== sort.column ? 'none' : sort.down ? 'descending' : 'ascending', scope: 'col', title: column.field + (column.sum ? ', in all' : '')});
      if (column.number) cell.className = 'n';
      const button = make('button', name + (k === sort.column ? (sort.down ? ' ▼' : ' ▲') : ''));
      button.addEventListener('click', () => { order[state.tab] = {column: k, down: k === sort.column ? !sort.down : column.number}; table(); $('grid').querySelectorAll('th button')[k].focus(); });
      cell.append(button);
      head.append(cell);
    });
    grid.append(make('thead'), make('tbody'));
    grid.tHead.append(head);
    gradually($('grid'), rows, ({row, i}, more) => {
      const line = make('tr', null, {tabindex: '-1'});
      row.forEach((value, k) => {
        const column = data.columns[k];
        const text = column.number && !column.id ? scaled(value, column.unit) : value;
        const cell = make('td', text, {title: String(value)});
        if (column.number) cell.className = 'n';
        else if (String(text).length > 24) cell.className = 'long';
        line.append(cell);
      });
      const chosen = data.keys[i] ? [data.filter, `${data.key}=${data.keys[i]}`].filter(Boolean).map(t => / or /.test(t) ? `(${t})` : t).join(' and ') : '';
      line.setAttribute('aria-selected', String(!!chosen && state.row === chosen));
      pickable(line, chosen, more);
      grid.tBodies[0].append(line);
    });
    if (grid.tBodies[0].rows.length) grid.tBodies[0].rows[0].tabIndex = 0;
    $('grid').append(grid);
  }
  $('find').addEventListener('input', table);
  $('tabs').addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    const next = (state.tab + step + tabs.length) % tabs.length;
    $('tabs').children[next].click();
    $('tabs').children[next].focus();
  });
  $('clear').addEventListener('click', () => { state.row = ''; select(0, stretches); });
  $('copy').addEventListener('click', async () => {
    const text = filter();
    try { await navigator.clipboard.writeText(text); } catch {
      const range = document.createRange();
      range.selectNodeContents($('filter'));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand('copy');
    }
    $('copy').textContent = 'Copied';
    setTimeout(() => { $('copy').textContent = 'Copy filter'; }, 1500);
  });

  // heat map: cividis, dark to light
  function heat() {
    const canvas = $('heat'), columns = D.heat.decades * D.heat.steps;
    canvas.width = stretches; canvas.height = columns;
    const ctx = canvas.getContext('2d'), most = Math.log(1 + Math.max(1, ...D.heat.cells.map(c => c[2])));
    ctx.clearRect(0, 0, stretches, columns);
    for (const [x, y, count] of D.heat.cells) {
      const v = Math.log(1 + count) / most;
      ctx.fillStyle = `rgb(${Math.round(20 + 234 * v)},${Math.round(52 + 180 * v)},${Math.round(110 - 40 * v)})`;
      ctx.fillRect(x, columns - 1 - y, 1, 1);
    }
  }
  for (let decade = 3; decade < D.heat.decades; decade += 3) {
    const label = make('span');
    label.append(make('b', '1 ' + ['ns', 'µs', 'ms', 's'][decade / 3]));
    label.style.bottom = 100 * decade / D.heat.decades + '%';
    $('levels').append(label);
  }
  $('until').textContent = scaled(used * line.width, 'ns');

  // processes: the bar is where a process lives in the capture; one that failed has another colour, and its status beside it
  function tree() {
    const P = D.processes, body = make('tbody'), head = make('tr'), span = used * line.width, often = new Map();
    for (const row of P.rows) often.set(row[0], (often.get(row[0]) || 0) + 1);
    for (const name of ['PID', 'Process', 'Events', 'Ended with', 'Lives']) head.append(make('th', name, {scope: 'col'}));
    gradually($('processes').parentElement, P.rows, ([pid, depth, name, command, begin, end, status, events], more) => {
      const row = make('tr', null, {tabindex: '-1', 'aria-level': String(depth + 1)}), left = begin === null ? 0 : begin, right = end === null ? span : end;
      const failed = status !== null && status !== 0, code = status & 127 ? 'signal ' + (status & 127) : String(status >> 8 & 255);
      const bar = document.createElementNS(SVG, 'rect'), svg = document.createElementNS(SVG, 'svg'), life = make('td', null, {class: 'life'});
      svg.setAttribute('viewBox', '0 0 1000 12'); svg.setAttribute('preserveAspectRatio', 'none'); svg.setAttribute('aria-hidden', 'true');
      bar.setAttribute('x', String(1000 * left / span)); bar.setAttribute('y', '2'); bar.setAttribute('height', '8');
      bar.setAttribute('width', String(Math.max(1000 * (right - left) / span, 2)));
      if (failed) bar.setAttribute('class', 'failed');
      svg.append(bar); life.append(svg);
      life.title = (begin === null ? 'from before the capture' : 'from ' + scaled(begin, 'ns')) + (end === null ? ' to beyond its end' : ' to ' + scaled(end, 'ns'));
      row.append(make('td', pid, {class: 'n'}), make('td', '\u2002'.repeat(Math.min(depth, 20)) + command, {class: 'long', title: name + ': ' + command}), make('td', scaled(events, ''), {class: 'n'}), make('td', status === null ? '' : code), life);
      const bounds = often.get(pid) < 2 ? [] : [begin === null ? '' : 'evt.rawtime>=' + (BigInt(line.origin) + BigInt(begin)), end === null ? '' : 'evt.rawtime<=' + (BigInt(line.origin) + BigInt(end))];
      const chosen = ['proc.pid=' + pid, ...bounds].filter(Boolean).join(' and ');
      pickable(row, chosen, more);
      body.append(row);
    });
    if (body.rows.length) body.rows[0].tabIndex = 0;
    const top = make('thead');
    top.append(head);
    $('processes').append(top, body);
    $('tree').hidden = !P.rows.length;
  }

  // the other capture
  function compare() {
    const C = D.compared, box = $('compared'), table = box.querySelector('table'), head = make('tr'), body = make('tbody'), top = make('thead');
    box.querySelector('h2').textContent = 'Compared with ' + C.name;
    box.querySelector('p').textContent = C.rows.length ? 'What happens at least one and a half times as often in one of them, per second:' : 'Nothing happens much more often in one of them.';
    for (const name of ['What', 'Name', 'Here /s', 'There /s', 'Change']) head.append(make('th', name, {scope: 'col'}));
    for (const [what, name, here, there] of C.rows) {
      const row = make('tr'), change = !there ? '● only here' : !here ? '○ only there' : here > there ? `▲ ${scaled(here / there, '')} times` : `▼ ${scaled(there / here, '')} times less`;
      row.append(make('td', what), make('td', name, {title: name}), make('td', scaled(here, ''), {class: 'n'}), make('td', scaled(there, ''), {class: 'n'}), make('td', change));
      body.append(row);
    }
    top.append(head);
    table.append(top, body);
    box.hidden = false;
  }

  // alerts
  $('alerts').hidden = !D.alerts.rules.length && !D.alerts.tried;
  if (D.alerts.tried && !D.alerts.rules.length) $('rules').append(make('p', `None of ${D.alerts.tried} rules fired.`, {class: 'soft'}));
  for (const rule of D.alerts.rules) {
    const box = make('details'), head = make('summary');
    head.append(make('b', rule.count), make('span', SIGNS[rule.priority] + ' ' + PRIORITIES[rule.priority]), make('span', rule.name), spark(rule.series));
    box.append(head);
    box.addEventListener('toggle', () => {
      if (box.childElementCount > 1) return;
      const items = D.alerts.items.filter(a => a.rule === rule.name);
      if (items.length < rule.count) box.append(make('p', `The first ${items.length} of ${rule.count}:`, {class: 'soft'}));
      for (const alert of items) {
        const text = make('p', `${(alert.at / 1e9).toFixed(6)} s `), go = make('button', 'Filter');
        go.addEventListener('click', () => { state.row = alert.filter; told(); $('bar').scrollIntoView(); });
        if (alert.filter) text.append(go);
        if (D.served && D.explains) {
          const why = make('button', 'Explain');
          why.addEventListener('click', async () => {
            why.disabled = true;
            const got = await ask('explain', {rule: alert.rule, event: String(alert.event)});
            text.after(make('pre', got.error || got.lines.join('\n'), {class: 'events'}));
          });
          text.append(' ', why);
        }
        text.append(' ' + alert.text);
        box.append(text);
      }
    });
    $('rules').append(box);
  }

  // what is asked for: only pages that are served may
  async function ask(what, question) {
    try {
      const answer = await fetch(what + '?' + new URLSearchParams(question), {credentials: 'same-origin'});
      return await answer.json();
    } catch (error) { return {error: 'no answer: ' + error.message}; }
  }
  if (D.served) {
    let shownFor = '', last = 0;
    const events = async more => {
      if (!more) { shownFor = filter(); last = 0; $('events').textContent = ''; }
      $('told').textContent = 'reading ...';
      const got = await ask('events', {filter: shownFor, after: String(last)});
      $('told').textContent = got.error || (got.lines.length || more ? '' : 'no event passes the filter');
      if (got.error) return;
      $('events').append(got.lines.map(l => l[1] + '\n').join(''));
      if (got.lines.length) last = got.lines[got.lines.length - 1][0];
      $('events').hidden = !$('events').textContent;
      $('more').hidden = !got.more;
    };
    $('show').addEventListener('click', () => events(false));
    $('more').addEventListener('click', () => events(true));
    $('narrow').addEventListener('click', async () => {
      const tab = state.tab, text = filter();
      $('told').textContent = 'reading ...';
      const got = await ask('table', {view: tabs[tab].view, filter: text});
      $('told').textContent = got.error || '';
      if (got.error || text !== filter()) return;
      state.narrow = {tab, data: got};
      if (state.tab === tab) table();
    });
  }
  for (const note of D.notes) $('notes').append(make('li', note));
  $('missing').hidden = !D.notes.length;

  const marked = () => { quiet = true; for (const {plot} of charts.values()) mark(plot); quiet = false; };
  new ResizeObserver(() => {
    width = Math.max($('charts').clientWidth, 280);
    for (const {plot} of charts.values()) if (plot.width !== width) plot.setSize({width, height: 120});
    requestAnimationFrame(marked);  // after uPlot has drawn, which moves the selection by itself
  }).observe($('charts'));
  for (const [metric, tile] of opened) toggle(metric, tile);
  const shared = /^#t=(\d+)-(\d+)$/.exec(location.hash);
  if (shared) select(+shared[1], +shared[2]); else { told(); table(); }
  document.body.dataset.drawn = String(Math.round(performance.now()));
  setTimeout(() => {  // what is further down, once there is something to look at
    heat();
    tree();
    if (D.compared) compare();
    document.body.dataset.ready = String(Math.round(performance.now()));
  });
}

unpack().then(start).catch(error => { $('fault').textContent = 'This page could not be drawn: ' + error.message; $('fault').hidden = false; });
