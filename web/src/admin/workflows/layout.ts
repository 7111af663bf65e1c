// Where the steps of a workflow stand in its drawing: in layers from left to right, so that callers go
// to the right, and whoever goes back does so beneath everything (Sugiyama, Tagawa and Toda, 1981).
//
//   ways ─▶ those that go back ─▶ layers by the longest way ─▶ order by the neighbours' middle ─▶ places
//
// The same workflow always gives the same drawing.
import { orderOf, type Way, waysOf, type Workflow } from "./steps";

export type Port = Way & { y: number };
export type Card = { name: string; x: number; y: number; height: number; ports: Port[] };
export type Edge = { from: string; way: Way; to: string; path: string; back: boolean };
export type Drawing = { cards: Card[]; edges: Edge[]; width: number; height: number };

export const WIDTH = 184;
export const HEAD = 50;
export const ROW = 25;
const GAP_X = 64;
const GAP_Y = 22;
/** Beneath the last row of ways. */
const FOOT = 6;
/** What a way that passes a layer takes of its height. */
const PASSING = 10;
const LANE = 14;
const SWEEPS = 6;

/** A step, or a place where a long way passes a layer. */
type Node = {
  key: string;
  name?: string;
  layer: number;
  height: number;
  y: number;
  /** Whence: which node, and how far down it the way leaves. */
  before: { node: Node; at: number }[];
  after: Node[];
};

type Link = { from: string; way: Way; at: number; back: boolean; through: Node[] };

export function layout(workflow: Workflow): Drawing {
  const names = orderOf(workflow);
  const links = linksOf(workflow, names);
  const layers = layersOf(names, links);
  const nodes = new Map(names.map((name) => [name, nodeOf(workflow, name, layers.get(name) ?? 0)]));
  const columns: Node[][] = [];
  for (const node of nodes.values()) (columns[node.layer] ??= []).push(node);
  for (const link of links) if (!link.back) passThrough(link, nodes, columns);
  for (let at = 0; at < columns.length; at += 1) columns[at] ??= [];
  sort(columns);
  place(columns);
  return drawn(workflow, nodes, links, columns);
}

function portAt(row: number): number {
  return HEAD + row * ROW + ROW / 2;
}

function nodeOf(workflow: Workflow, name: string, layer: number): Node {
  const step = workflow.steps[name];
  const rows = step ? waysOf(step).length : 0;
  const height = HEAD + (rows > 0 ? rows * ROW + FOOT : 0);
  return { key: name, name, layer, height, y: 0, before: [], after: [] };
}

/** The ways between steps that are there; those that lead to where a caller came from go back. */
function linksOf(workflow: Workflow, names: string[]): Link[] {
  const links: Link[] = [];
  const state = new Map<string, "open" | "done">();
  const enter = (name: string) => {
    state.set(name, "open");
    const step = workflow.steps[name];
    (step ? waysOf(step) : []).forEach((way, row) => {
      if (!Object.hasOwn(workflow.steps, way.to)) return;
      const back = state.get(way.to) === "open";
      links.push({ from: name, way, at: portAt(row), back, through: [] });
      if (!state.has(way.to)) enter(way.to);
    });
    state.set(name, "done");
  };
  for (const name of [workflow.start, ...names]) {
    if (Object.hasOwn(workflow.steps, name) && !state.has(name)) enter(name);
  }
  return links;
}

/** Each step stands one layer after the last of those that lead to it. */
function layersOf(names: string[], links: Link[]): Map<string, number> {
  const forward = links.filter(({ back }) => !back);
  const waits = new Map(names.map((name) => [name, 0]));
  for (const { way } of forward) waits.set(way.to, (waits.get(way.to) ?? 0) + 1);
  const layers = new Map(names.map((name) => [name, 0]));
  const ready = names.filter((name) => waits.get(name) === 0);
  for (let name = ready.shift(); name !== undefined; name = ready.shift()) {
    const next = (layers.get(name) ?? 0) + 1;
    for (const { from, way } of forward) {
      if (from !== name) continue;
      layers.set(way.to, Math.max(layers.get(way.to) ?? 0, next));
      const left = (waits.get(way.to) ?? 1) - 1;
      waits.set(way.to, left);
      if (left === 0) ready.push(way.to);
    }
  }
  return layers;
}

function passThrough(link: Link, nodes: Map<string, Node>, columns: Node[][]): void {
  const [from, to] = [nodes.get(link.from), nodes.get(link.way.to)];
  if (!from || !to) return;
  let last: { node: Node; at: number } = { node: from, at: link.at };
  for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
    const key = `${link.from} ${link.way.field} ${link.way.on ?? ""} ${layer}`;
    const node: Node = { key, layer, height: PASSING, y: 0, before: [last], after: [] };
    last.node.after.push(node);
    (columns[layer] ??= []).push(node);
    link.through.push(node);
    last = { node, at: PASSING / 2 };
  }
  to.before.push(last);
  last.node.after.push(to);
}

/** Sweeps over the layers until what is joined stands side by side. */
function sort(columns: Node[][]): void {
  const places = new Map<Node, number>();
  const number = (column: Node[]) => column.forEach((node, at) => places.set(node, at));
  columns.forEach(number);
  const mean = (of: number[], or: number) =>
    of.length > 0 ? of.reduce((sum, one) => sum + one, 0) / of.length : or;
  const by = (weight: (node: Node) => number) => (column: Node[]) => {
    const weights = new Map(column.map((node) => [node, weight(node)]));
    column.sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
    number(column);
  };
  const here = (node: Node) => places.get(node) ?? 0;
  const fromLeft = by((node) =>
    mean(
      node.before.map(({ node: left, at }) => here(left) + at / 10_000),
      here(node),
    ),
  );
  const fromRight = by((node) => mean(node.after.map(here), here(node)));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    if (sweep % 2 === 0) columns.forEach(fromLeft);
    else columns.toReversed().forEach(fromRight);
  }
  columns.forEach(fromLeft);
}

/** Heights: beneath each other, and as level with those before as there is room. */
function place(columns: Node[][]): void {
  for (const column of columns) {
    let free = 0;
    const wished = column.map((node) => {
      const from = node.before.map(({ node: left, at }) => left.y + at);
      const level = from.length > 0 ? from.reduce((sum, y) => sum + y, 0) / from.length : undefined;
      return level === undefined ? undefined : level - Math.min(node.height, HEAD) / 2;
    });
    column.forEach((node, at) => {
      node.y = Math.max(free, wished[at] ?? free);
      free = node.y + node.height + (node.name ? GAP_Y : GAP_Y / 2);
    });
    // Those that were pushed down pull the whole column up a little, and nobody out of the order.
    const pushed = column.map((node, at) => node.y - (wished[at] ?? node.y));
    const most = pushed.reduce((sum, by) => sum + by, 0) / Math.max(1, column.length);
    for (const node of column) node.y -= most;
  }
  const top = Math.min(...columns.flat().map(({ y }) => y));
  for (const node of columns.flat()) node.y -= Number.isFinite(top) ? top : 0;
}

function drawn(
  workflow: Workflow,
  nodes: Map<string, Node>,
  links: Link[],
  columns: Node[][],
): Drawing {
  const x = (node: Node) => node.layer * (WIDTH + GAP_X);
  const cards = [...nodes.entries()].map(([name, node]) => {
    const step = workflow.steps[name];
    const ways = step ? waysOf(step) : [];
    const ports = ways.map((way, row): Port => Object.assign({ y: node.y + portAt(row) }, way));
    return { name, x: x(node), y: node.y, height: node.height, ports };
  });
  const deepest = Math.max(HEAD, ...columns.flat().map(({ y, height }) => y + height));
  let lanes = 0;
  const edges = links.flatMap(({ from, way, at, back, through }) => {
    const [left, right] = [nodes.get(from), nodes.get(way.to)];
    if (!left || !right) return [];
    const begin = { x: x(left) + WIDTH, y: left.y + at };
    const end = { x: x(right), y: right.y + HEAD / 2 };
    if (back) lanes += 1;
    const path = back
      ? beneath(begin, end, deepest + lanes * LANE)
      : along(begin, end, through.map((node) => ({ x: x(node), y: node.y + PASSING / 2 })));
    return [{ from, way, to: way.to, path, back }];
  });
  const width = Math.max(1, columns.length) * (WIDTH + GAP_X) - GAP_X;
  return { cards, edges, width, height: deepest + (lanes > 0 ? (lanes + 1) * LANE : 0) };
}

type Point = { x: number; y: number };

/** A smooth way to the right, past the layers between. */
function along(begin: Point, end: Point, passed: Point[]): string {
  let path = `M${round(begin.x)} ${round(begin.y)}`;
  let last = begin;
  const bend = (to: Point) => {
    const half = (to.x - last.x) / 2;
    path += ` C${round(last.x + half)} ${round(last.y)} ${round(to.x - half)} ${round(to.y)}`;
    path += ` ${round(to.x)} ${round(to.y)}`;
  };
  for (const point of passed) {
    bend(point);
    last = { x: point.x + WIDTH, y: point.y };
    path += ` H${round(last.x)}`;
  }
  bend(end);
  return path;
}

/** A way back: to the right, down beneath everything, left, and up again. */
function beneath(begin: Point, end: Point, lane: number): string {
  const [out, into, r] = [begin.x + 16, end.x - 20, 8];
  return [
    `M${round(begin.x)} ${round(begin.y)} H${round(out - r)}`,
    `Q${round(out)} ${round(begin.y)} ${round(out)} ${round(begin.y + r)} V${round(lane - r)}`,
    `Q${round(out)} ${round(lane)} ${round(out - r)} ${round(lane)} H${round(into + r)}`,
    `Q${round(into)} ${round(lane)} ${round(into)} ${round(lane - r)} V${round(end.y + r)}`,
    `Q${round(into)} ${round(end.y)} ${round(into + r)} ${round(end.y)} H${round(end.x)}`,
  ].join(" ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
