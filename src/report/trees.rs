//! The trees of a run inside its page: an index as JSON, and trees and materials packed in pieces (gzip, base64) that the
//! viewer's script unpacks when they are first looked at. So a page of many trees opens as fast as one of few.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::data::RunData;
use super::escaped;
use super::html::put;
use super::table::{named_point, point_name};
use super::tree::{beside, deciding, flaws};
use crate::error::{Error, Result};
use crate::outcome::OutcomeKind;
use crate::record::rows::{InstanceRow, Labels, TreeRow};
use crate::task::Split;

/// Bytes of a piece's trees, about: little to unpack for one tree, enough to pack well.
const PIECE_BYTES: usize = 256 << 10;

const SCRIPT: &str = include_str!("../../assets/report/viewer.js");
const FORM: &str = include_str!("../../assets/report/viewer.html");
/// The viewer's looks.
pub(super) const STYLE: &str = include_str!("../../assets/report/viewer.css");

/// What the viewer's script knows from the start.
#[derive(Serialize)]
struct Index {
    /// Each cell's arm with what is swept in it.
    cells: Vec<String>,
    instances: Vec<InstanceEntry>,
}

/// An instance with its tree in each cell.
#[derive(Serialize)]
struct InstanceEntry {
    name: String,
    seed: u64,
    /// The task and its swept settings, where they make another instance of the same name.
    point: String,
    labels: Labels,
    /// Whether two arms, at points of the sweep that go together, came to different ends.
    unlike: bool,
    trees: Vec<TreeEntry>,
}

/// Cell, piece, line of the piece, `correct`, `p_right`, nodes, outcome, how many flaws were seen and lost: as an array, since
/// there are many.
#[derive(Serialize)]
struct TreeEntry(usize, usize, usize, Option<f64>, Option<f64>, usize, OutcomeKind, usize);

/// What is read off a tree, packed with its row as that was recorded.
#[derive(Serialize)]
struct ReadOff {
    /// The nodes that decided.
    decided: Vec<u32>,
    /// A letter a node: how it stands beside the truth.
    beside: String,
    /// The nodes that saw a flaw, each with the node that lost it.
    flaws: Vec<(u32, Option<u32>)>,
}

/// What the list says of a tree.
struct Head {
    instance: String,
    piece: usize,
    line: usize,
    nodes: usize,
    lost: usize,
}

/// Writes the viewer with all trees of tested instances, as they are read; nothing where the run kept none.
pub(super) fn write(run: &RunData, out: &mut dyn Write) -> Result<()> {
    let mut packing = Packing { folder: &run.folder, out, pieces: 0, materials: BTreeSet::new() };
    let mut entries: BTreeMap<(u64, String, &str), InstanceEntry> = BTreeMap::new();
    let mut cells: Vec<&InstanceRow> = Vec::new();
    for (cell, rows) in by_cell(run) {
        let path = run.folder.join("cells").join(cell).join("trees.jsonl");
        let Some(first) = rows.values().next().filter(|_| path.exists()) else { continue };
        let (at, point) = (cells.len(), task_point(first));
        cells.push(first);
        for head in packing.trees(&path)? {
            let Some(row) = rows.get(head.instance.as_str()) else { continue };
            let blank = || InstanceEntry {
                name: head.instance.clone(),
                seed: row.seed,
                point: point.clone(),
                labels: row.labels.clone(),
                unlike: false,
                trees: Vec::new(),
            };
            let entry = entries.entry((row.seed, point.clone(), row.instance.as_str())).or_insert_with(blank);
            // Facts that hold in one arm alone tell nothing of the instance.
            if entry.labels != row.labels {
                entry.labels.retain(|name, value| row.labels.get(name) == Some(value));
            }
            let (marks, nodes) = ((row.correct, row.p_right), head.nodes);
            let tree = TreeEntry(at, head.piece, head.line, marks.0, marks.1, nodes, row.outcome, head.lost);
            entry.trees.push(tree);
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    packing.materials()?;
    let mut instances: Vec<InstanceEntry> = entries.into_values().collect();
    instances.iter_mut().for_each(|entry| entry.unlike = is_unlike(&entry.trees, &cells));
    let index = Index { cells: cells.into_iter().map(point_name).collect(), instances };
    let index = serde_json::to_string(&index)
        .map_err(|cause| Error::Environment(format!("cannot list the trees of the run: {cause}")))?
        .replace('<', "\\u003c");
    for part in [FORM, "<script type=\"application/json\" id=\"tree-index\">", &index, "</script>\n"] {
        put(packing.out, part)?;
    }
    put(packing.out, &format!("<script nonce=\"viewer\">{SCRIPT}</script>\n"))
}

/// The task with its swept settings, by which instances of one name are told apart; empty where neither is varied.
fn task_point(row: &InstanceRow) -> String {
    let of_task = row.swept.iter().filter(|(path, _)| *path == "task" || path.starts_with("task."));
    let of_task: Labels = of_task.map(|(path, value)| (path.clone(), value.clone())).collect();
    named_point("", &of_task).trim_start_matches(" · ").to_owned()
}

/// Whether two arms, at points of the sweep that go together, came to different ends: none of the settings that both know
/// differs.
fn is_unlike(trees: &[TreeEntry], cells: &[&InstanceRow]) -> bool {
    let go_together = |a: &Labels, b: &Labels| a.iter().all(|(path, v)| b.get(path).is_none_or(|other| other == v));
    let are_rivals = |a: &InstanceRow, b: &InstanceRow| a.arm != b.arm && go_together(&a.swept, &b.swept);
    let differ = |a: &TreeEntry, b: &TreeEntry| a.3 != b.3 && are_rivals(cells[a.0], cells[b.0]);
    trees.iter().enumerate().any(|(at, a)| trees[..at].iter().any(|b| differ(a, b)))
}

/// The tested instances of each cell, in the order of the arms and then of the file.
fn by_cell(run: &RunData) -> Vec<(&str, HashMap<&str, &InstanceRow>)> {
    let mut cells: Vec<(&str, HashMap<&str, &InstanceRow>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in &run.instances {
        let at = *places.entry(&row.cell).or_insert_with(|| {
            cells.push((&row.cell, HashMap::new()));
            cells.len() - 1
        });
        cells[at].1.insert(&row.instance, row);
    }
    cells
}

/// What is read off a tree, and how many flaws were lost in it.
fn read_off(tree: &TreeRow) -> (ReadOff, usize) {
    let stands = beside(tree);
    let flaws = flaws(tree, &stands);
    let read_off = ReadOff {
        decided: deciding(tree),
        beside: stands.iter().map(|stands| stands.letter()).collect(),
        flaws: flaws.iter().map(|flaw| (flaw.seen, flaw.lost)).collect(),
    };
    (read_off, flaws.iter().filter(|flaw| flaw.lost.is_some()).count())
}

/// Pieces as they are packed into the page.
struct Packing<'a> {
    folder: &'a Path,
    out: &'a mut dyn Write,
    pieces: usize,
    /// The materials that packed trees point into.
    materials: BTreeSet<String>,
}

impl Packing<'_> {
    /// Packs the trees of a file, and gives what the list says of each.
    fn trees(&mut self, path: &Path) -> Result<Vec<Head>> {
        let fails = |cause: &dyn std::fmt::Display| Error::file("read", path, cause);
        let file = File::open(path).map_err(|cause| fails(&cause))?;
        let (mut heads, mut piece, mut lines) = (Vec::new(), String::new(), 0);
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|cause| fails(&cause))?;
            let tree: TreeRow = serde_json::from_str(&line).map_err(|cause| fails(&cause))?;
            if tree.split != Split::Test {
                continue;
            }
            let (read_off, lost) = read_off(&tree);
            let read_off = serde_json::to_string(&read_off).map_err(|cause| fails(&cause))?;
            for part in ["{\"row\":", &line, ",\"read_off\":", &read_off, "}\n"] {
                piece.push_str(part);
            }
            self.materials.insert(tree.material);
            heads.push(Head {
                instance: tree.instance,
                piece: self.pieces,
                line: lines,
                nodes: tree.nodes.len(),
                lost,
            });
            lines += 1;
            if piece.len() >= PIECE_BYTES {
                self.close(&piece)?;
                (piece, lines) = (String::new(), 0);
            }
        }
        if lines > 0 {
            self.close(&piece)?;
        }
        Ok(heads)
    }

    fn close(&mut self, piece: &str) -> Result<()> {
        let id = format!("trees-{}", self.pieces);
        self.pieces += 1;
        self.pack(&id, piece.as_bytes())
    }

    /// Packs the materials that were kept.
    fn materials(&mut self) -> Result<()> {
        for material in std::mem::take(&mut self.materials) {
            if let Ok(text) = std::fs::read(self.folder.join("materials").join(format!("{material}.txt"))) {
                self.pack(&format!("material-{material}"), &text)?;
            }
        }
        Ok(())
    }

    fn pack(&mut self, id: &str, bytes: &[u8]) -> Result<()> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
        let packed =
            packed.map_err(|cause| Error::Environment(format!("cannot pack `{id}` into the page: {cause}")))?;
        put(self.out, &format!("<script type=\"text/plain\" id=\"{}\">", escaped(id)))?;
        put(self.out, &STANDARD.encode(packed))?;
        put(self.out, "</script>\n")
    }
}
