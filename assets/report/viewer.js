"use strict";
// The tree viewer of a report. Everything is in the page: an index as JSON, trees and materials packed in pieces that are
// unpacked when first looked at. Texts enter the page as text alone, so that what a model wrote cannot run.
(() => {
  const LISTED = 200; // instances listed before "more"
  const OPEN = 300; // nodes of a tree that is shown open from the start
  const index = JSON.parse(document.getElementById("tree-index").textContent);
  const $ = (id) => document.getElementById(id);
  const list = $("instances"), outline = $("outline"), detail = $("detail"), tabs = $("tabs"), head = $("tree-head");
  let matching = [], listed = LISTED, chosen = null, shown = 0, tree = null, bytes = null, current = null;

  // ---- pieces of the page ----
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const piecesRead = new Map();
  const piece = (id) => {
    if (!piecesRead.has(id)) piecesRead.set(id, unpacked($(id).textContent));
    return piecesRead.get(id);
  };
  const unpacked = async (base64) => {
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const utf8 = new TextDecoder();

  // ---- the list of instances ----
  const labelsOf = (instance) => Object.entries(instance.labels).map(([name, value]) => `${name} ${value}`).join(", ");
  const placeOf = (instance) => `seed ${instance.seed}${instance.point ? `, ${instance.point}` : ""}`;
  /** The tree that is shown first: where lost flaws are looked for, the first that lost one. */
  const firstOf = (instance) => $("outcome").value === "lost" ? Math.max(instance.trees.findIndex((own) => own[7] > 0), 0) : 0;
  const marksOf = (instance) => instance.trees.map((own) => own[3]);
  const isMatching = {
    all: () => true,
    wrong: (instance) => marksOf(instance).some((mark) => mark !== null && mark < 1),
    unlike: (instance) => instance.unlike,
    lost: (instance) => instance.trees.some((own) => own[7] > 0),
    unscored: (instance) => marksOf(instance).some((mark) => mark === null),
  };
  const filter = () => {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [label, value] = $("label").value.split("\t");
    const isKept = isMatching[$("outcome").value];
    matching = index.instances.filter((instance) => {
      if (!isKept(instance) || (label && instance.labels[label] !== value)) return false;
      const text = `${instance.name} ${placeOf(instance)} ${labelsOf(instance)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    listed = LISTED;
    tell();
  };
  const tell = () => {
    $("count").textContent = `${matching.length} of ${index.instances.length} instances`;
    list.replaceChildren(...matching.slice(0, listed).map((instance) => {
      const row = make("button", undefined, "instance");
      row.append(make("b", instance.name), make("small", ` ${[placeOf(instance), labelsOf(instance)].filter(Boolean).join("; ")}`));
      const marks = make("span", undefined, "marks");
      for (const own of instance.trees) {
        const mark = make("i", sign(own[3]), className(own[3]));
        mark.title = `${nameOf(own)}: ${said(own)}`;
        marks.append(mark);
      }
      row.append(marks);
      row.instance = instance;
      row.setAttribute("aria-current", instance === chosen);
      row.onclick = () => choose(instance, firstOf(instance));
      return row;
    }));
    if (matching.length > listed) {
      const more = make("button", `${matching.length - listed} more`, "more");
      more.onclick = () => { listed += LISTED; tell(); };
      list.append(more);
    }
  };
  const sign = (mark) => mark === null ? "–" : mark === 1 ? "✓" : mark > 0 ? "~" : "✗";
  const className = (mark) => mark === null ? "none" : mark === 1 ? "right" : mark > 0 ? "even" : "wrong";
  const nameOf = (own) => index.cells[own[0]];
  const said = (own) => own[3] === null ? own[6] : `${own[3] === 1 ? "right" : own[3] > 0 ? "tied" : "wrong"}, ${own[4].toFixed(3)} on the right candidate`;

  /** The page's address names what is looked at, so that it can be passed on. */
  const remember = (hash) => history.replaceState(null, "", hash);

  // ---- one instance, arm by arm ----
  const choose = async (instance, at, node) => {
    [chosen, shown] = [instance, at];
    for (const row of list.children) {
      row.setAttribute("aria-current", row.instance === instance);
      if (row.instance === instance) reveal(row, list);
    }
    tabs.replaceChildren(...instance.trees.map((own, k) => {
      const tab = make("button", `${sign(own[3])} ${nameOf(own)}`, className(own[3]));
      tab.setAttribute("aria-selected", k === at);
      tab.title = `${said(own)}; ${own[5]} nodes${own[7] ? `; flaws lost: ${own[7]}` : ""}`;
      tab.onclick = () => choose(instance, k);
      return tab;
    }));
    const own = instance.trees[at];
    const lines = utf8.decode(await piece(`trees-${own[1]}`)).split("\n");
    const { row, read_off } = JSON.parse(lines[own[2]]);
    const read = $(`material-${row.material}`) ? await piece(`material-${row.material}`) : null;
    if (chosen !== instance || shown !== at) return; // another was chosen while this one was unpacked
    bytes = read;
    tree = planted(row, read_off);
    show(own);
    select(tree.byId.get(node ?? tree.root.id) ?? tree.root);
    const place = { instance: instance.name, seed: instance.seed, ...(instance.point && { at: instance.point }) };
    remember(`#${new URLSearchParams({ ...place, tree: at, node: current.id })}`);
  };
  const planted = (row, { decided, beside, flaws }) => {
    const byId = new Map(row.nodes.map((node, at) => [node.id, { ...node, beside: BESIDE[beside[at]], children: [] }]));
    for (const node of byId.values()) {
      const parent = byId.get(node.parent);
      node.above = parent ?? null;
      node.question ??= parent?.question;
      parent?.children.push(node);
    }
    const root = byId.values().next().value;
    const path = new Set(decided.map((id) => byId.get(id)));
    const pairs = flaws.map(([seen, lost]) => ({ seen: byId.get(seen), lost: byId.get(lost) ?? null }));
    const losing = new Set(pairs.map((flaw) => flaw.lost).filter(Boolean));
    return { ...row, byId, root, path, flaws: pairs, losing, followed: null };
  };

  // ---- what a node came to ----
  /** How a verdict stands beside the truth, by its letter: sign, class, words. */
  const BESIDE = {
    r: ["✓", "right", "right"], w: ["✗", "wrong", "wrong"], u: ["~", "even", "undecided"],
    s: ["✓", "right", "sees the flaw"], m: ["✗", "wrong", "misses the flaw"],
    h: ["✓", "right", "rightly"], f: ["✗", "wrong", "false alarm"],
    o: ["·", "none", "open"], y: ["·", "none", "may hold"], "-": ["·", "none", ""],
  };
  const verdict = (node) => node.own_verdict ?? node.exchanges?.at(-1) ?? null;
  const claimOf = (node) => node.question?.claim ?? null;
  const letter = (candidate) => candidate < 26 ? String.fromCharCode(65 + candidate) : `${candidate + 1}`;

  // ---- words ----
  const asks = (node) => {
    const claim = claimOf(node);
    return claim ? `does ${letter(claim.candidate)}${claim.claim + 1} hold?` : node.question?.summary ? "a summary" : "which is right?";
  };
  const saidBy = (outcome, node, role) => {
    if (typeof outcome === "string") return outcome.replaceAll("_", " ");
    const [kind, what] = Object.entries(outcome)[0];
    if (kind !== "scored") return `${kind}: ${typeof what === "string" ? what : JSON.stringify(what)}`;
    if (what.distribution) {
      const names = claimOf(node) && what.distribution.length === 3 ? ["holds", "fails", "open"] : what.distribution.map((_, at) => letter(at));
      return what.distribution.map((value, at) => `${names[at]} ${value.toFixed(3)}`).join(", ");
    }
    if (what.text) return what.text.length ? "a text" : "nothing in words";
    if (what.argument) {
      const { side, conviction, points } = what.argument;
      const of = side === null || side === undefined ? "argues for no side" : `argues for ${letter(side)}, ${conviction.toFixed(2)} sure`;
      return [of, ...points.map((it) => `${letter(it.candidate)}${it.claim + 1} holds ${it.p_holds.toFixed(2)}`)].join("; ");
    }
    return JSON.stringify(what);
  };
  const spent = (cost) => Object.entries(cost ?? {}).map(([name, value]) => `${value} ${(value === 1 ? name.replace(/s$/, "") : name).replaceAll("_", " ")}`).join(", ") || "nothing spent";
  const span = ([start, end]) => bytes ? utf8.decode(bytes.subarray(start, end)) : `bytes ${start} to ${end}; the material was not kept`;
  const texts = (outcome) => typeof outcome === "object" ? outcome.scored?.text ?? [] : [];

  // ---- the outline ----
  const show = (own) => {
    head.replaceChildren(make("p", tree.question, "question"));
    tree.candidates.forEach((claims, at) => {
      const candidate = make("details");
      candidate.append(make("summary", `candidate ${letter(at)}${at === tree.right ? " (right)" : ""}`));
      const items = make("ol");
      items.append(...claims.map((claim) => make("li", claim)));
      candidate.append(items);
      head.append(candidate);
    });
    head.append(make("p", `${said(own)}; ${own[5]} nodes; ${spent(tree.cost)}`, "quiet"));
    outline.replaceChildren(branch(tree.root));
    tellFlaws();
  };
  const branch = (node) => {
    const item = make("li");
    const row = make("button", undefined, "node");
    const [mark, kind, words] = node.beside;
    if (tree.path.has(node)) row.classList.add("path");
    if (wayOf(tree.followed).includes(node)) row.classList.add("followed");
    const came = verdict(node);
    row.append(make("i", mark, kind), make("b", `#${node.id} `), asks(node), " → ", came ? saidBy(came.outcome, node) : "nothing");
    if (words) row.append(make("small", ` ${words}`, kind));
    if (tree.losing.has(node)) row.append(make("small", " lost here", "lost"));
    row.onclick = () => select(node);
    node.row = row;
    item.append(row);
    node.below = null;
    node.item = item;
    if (node.children.length && (tree.byId.size <= OPEN || tree.path.has(node))) unfold(node);
    else if (node.children.length) row.append(make("small", ` + ${node.children.length} parts`, "folded"));
    return item;
  };
  const unfold = (node) => {
    if (node.below || !node.children.length) return;
    node.row?.querySelector(".folded")?.remove();
    node.below = make("ul");
    node.below.append(...node.children.map(branch));
    node.item.append(node.below);
  };
  const fold = (node) => {
    node.below?.remove();
    if (node.below) node.row.append(make("small", ` + ${node.children.length} parts`, "folded"));
    node.below = null;
  };

  // ---- a flaw, from the part that saw it to the node that lost it ----
  /** The nodes from the part that saw a flaw up to the one that lost it, or to the root. */
  const wayOf = (flaw) => {
    const way = [];
    for (let at = flaw?.seen; at; at = at === flaw.lost ? null : at.above) way.push(at);
    return way;
  };
  const tellFlaws = () => {
    const { flaws, followed } = tree, lost = flaws.filter((flaw) => flaw.lost).length;
    $("follow").disabled = !flaws.length;
    const all = flaws.length ? `seen by parts: ${flaws.length}, lost above them: ${lost}` : "no part saw one";
    if (!followed) { $("followed").textContent = all; return; }
    const way = wayOf(followed), step = way.indexOf(current);
    const end = followed.lost ? `lost at #${followed.lost.id}` : "came up to the root";
    $("followed").textContent = `${flaws.indexOf(followed) + 1} of ${flaws.length}: seen by #${followed.seen.id}, ${end}${step < 0 ? "" : `; step ${step + 1} of ${way.length}`}`;
  };
  /** A step up the way of the flaw that is followed; at its end to the next one, lost ones first. */
  const follow = () => {
    if (!tree?.flaws.length) return;
    const way = wayOf(tree.followed), step = way.indexOf(current);
    if (step >= 0 && step + 1 < way.length) { select(way[step + 1]); return; }
    for (const node of way) node.row?.classList.remove("followed");
    tree.followed = tree.flaws[(tree.flaws.indexOf(tree.followed) + 1) % tree.flaws.length];
    select(tree.followed.seen);
    for (const node of wayOf(tree.followed)) node.row.classList.add("followed");
  };
  $("follow").onclick = follow;

  // ---- one node ----
  const select = (node) => {
    const chain = [];
    for (let above = node.above; above; above = above.above) chain.unshift(above);
    chain.forEach(unfold);
    current?.row?.removeAttribute("aria-current");
    current = node;
    node.row.setAttribute("aria-current", true);
    reveal(node.row, outline);
    tellFlaws();
    detail.replaceChildren(make("h3", `#${node.id}: ${asks(node)}`));
    const claim = claimOf(node);
    if (claim) detail.append(make("p", tree.candidates[claim.candidate]?.[claim.claim] ?? "", "question"));
    const reads = node.spans.reduce((sum, [start, end]) => sum + end - start, 0);
    detail.append(make("p", `may look at ${reads} bytes in ${node.spans.length} place${node.spans.length === 1 ? "" : "s"}${node.split ? `; split ${JSON.stringify(node.split)}` : ""}`, "quiet"));
    if (!node.exchanges?.length) detail.append(make("p", "nobody was asked here", "quiet"));
    node.exchanges?.forEach((exchange) => detail.append(exchanged(exchange, node)));
    if (node.own_verdict) detail.append(make("h4", "what the node came to"), make("p", saidBy(node.own_verdict.outcome, node)), ...quoted(node.own_verdict.quotes));
    if (chosen) remember(`#${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))), node: node.id })}`);
  };
  /** Scrolls a list alone: the page stays where the reader has it. */
  const reveal = (row, within) => {
    const [box, own] = [within.getBoundingClientRect(), row.getBoundingClientRect()];
    if (own.top < box.top) within.scrollTop -= box.top - own.top;
    else if (own.bottom > box.bottom) within.scrollTop += own.bottom - box.bottom;
  };
  const exchanged = (exchange, node) => {
    const section = make("section");
    section.append(make("h4", `${exchange.role}${exchange.sample ? `, sample ${exchange.sample + 1}` : ""}${exchange.places ? ", options in mirrored places" : ""}`));
    section.append(make("p", `asked for ${JSON.stringify(exchange.wanted)}`, "quiet"));
    const shown = exchange.shown ?? {};
    section.append(make("h5", "was shown"));
    if (!shown.spans?.length && !shown.quotes?.length && !shown.messages?.length) section.append(make("p", "nothing but the question"));
    (shown.spans ?? []).forEach((own) => section.append(make("pre", span(own))));
    section.append(...quoted(shown.quotes));
    (shown.messages ?? []).forEach(([id, at]) => {
      const other = tree.byId.get(id);
      const reply = at === null || at === undefined ? verdict(other) : other.exchanges[at];
      const link = make("button", `${reply?.role ? `${reply.role} at ` : ""}#${id}: ${reply ? saidBy(reply.outcome, other) : "nothing"}`, "message");
      link.onclick = () => select(other);
      section.append(link);
    });
    section.append(make("h5", "replied"), make("p", saidBy(exchange.outcome, node)));
    texts(exchange.outcome).forEach((own) => section.append(make("pre", span(own))));
    section.append(...quoted(exchange.quotes));
    (exchange.by_text?.texts ?? []).forEach((text) => section.append(make("blockquote", `not found: ${text}`)));
    section.append(make("p", spent(exchange.cost), "quiet"));
    return section;
  };
  const quoted = (quotes) => (quotes ?? []).map((own) => make("blockquote", `“${span(own)}” (${own[2].toFixed(2)})`));

  // ---- keys ----
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (by) => {
      const at = matching.indexOf(chosen);
      const next = matching[Math.min(Math.max(at + by, 0), matching.length - 1)];
      if (next) choose(next, firstOf(next));
    };
    const turn = (by) => { if (chosen?.trees[shown + by]) choose(chosen, shown + by); };
    const siblings = () => current?.above?.children ?? [];
    const keys = {
      "/": () => $("search").focus(),
      j: () => step(1),
      k: () => step(-1),
      "[": () => turn(-1),
      "]": () => turn(1),
      f: follow,
      ArrowDown: () => { const next = siblings()[siblings().indexOf(current) + 1]; if (next) select(next); },
      ArrowUp: () => { const last = siblings()[siblings().indexOf(current) - 1]; if (last) select(last); },
      ArrowLeft: () => { if (current?.below) fold(current); else if (current?.above) select(current.above); },
      ArrowRight: () => { if (current && !current.below) unfold(current); else if (current?.children[0]) select(current.children[0]); },
    };
    if (keys[event.key] && (current || "/jk".includes(event.key))) { event.preventDefault(); keys[event.key](); }
  });

  // ---- the start ----
  const labels = new Map();
  for (const instance of index.instances) for (const [name, value] of Object.entries(instance.labels)) {
    if (!labels.has(name)) labels.set(name, new Set());
    labels.get(name).add(value);
  }
  for (const [name, values] of labels) {
    if (values.size > 40) continue; // one for each instance tells nothing
    for (const value of values) {
      const option = make("option", `${name}: ${value}`);
      option.value = `${name}\t${value}`;
      $("label").append(option);
    }
  }
  for (const id of ["search", "outcome", "label"]) $(id).addEventListener("input", filter);
  filter();
  const asked = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const wanted = index.instances.find((it) => it.name === asked.instance && (!asked.seed || `${it.seed}` === asked.seed) && (!asked.at || it.point === asked.at)) ?? matching[0];
  document.body.classList.toggle("alone", Boolean(asked.alone));
  if (asked.instance) $("trees").scrollIntoView();
  if (wanted) choose(wanted, Math.min(Number(asked.tree ?? 0), wanted.trees.length - 1), asked.node === undefined ? undefined : Number(asked.node));
})();
