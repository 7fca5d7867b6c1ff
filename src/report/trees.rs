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
use super::table::point_name;
use super::tree::deciding;
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
    labels: Labels,
    trees: Vec<TreeEntry>,
}

/// Cell, piece, line of the piece, `correct`, `p_right`, nodes, outcome, the nodes that decided: as an array, since there are
/// many.
#[derive(Serialize)]
struct TreeEntry(usize, usize, usize, Option<f64>, Option<f64>, usize, OutcomeKind, Vec<u32>);

/// What the list says of a tree.
struct Head {
    instance: String,
    piece: usize,
    line: usize,
    nodes: usize,
    decided: Vec<u32>,
}

/// Writes the viewer with all trees of tested instances, as they are read; nothing where the run kept none.
pub(super) fn write(run: &RunData, out: &mut dyn Write) -> Result<()> {
    let mut packing = Packing { folder: &run.folder, out, pieces: 0, materials: BTreeSet::new() };
    let mut entries: BTreeMap<(u64, &str), InstanceEntry> = BTreeMap::new();
    let mut cells = Vec::new();
    for (cell, rows) in by_cell(run) {
        let path = run.folder.join("cells").join(cell).join("trees.jsonl");
        let Some(first) = rows.values().next().filter(|_| path.exists()) else { continue };
        cells.push(point_name(first));
        for head in packing.trees(&path)? {
            let Some(row) = rows.get(head.instance.as_str()) else { continue };
            let blank = || InstanceEntry {
                name: head.instance.clone(),
                seed: row.seed,
                labels: row.labels.clone(),
                trees: Vec::new(),
            };
            let entry = entries.entry((row.seed, row.instance.as_str())).or_insert_with(blank);
            // Facts that hold in one arm alone tell nothing of the instance.
            if entry.labels != row.labels {
                entry.labels.retain(|name, value| row.labels.get(name) == Some(value));
            }
            let at = cells.len() - 1;
            let (marks, nodes) = ((row.correct, row.p_right), head.nodes);
            let tree = TreeEntry(at, head.piece, head.line, marks.0, marks.1, nodes, row.outcome, head.decided);
            entry.trees.push(tree);
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    packing.materials()?;
    let index = Index { cells, instances: entries.into_values().collect() };
    let index = serde_json::to_string(&index)
        .map_err(|cause| Error::Environment(format!("cannot list the trees of the run: {cause}")))?
        .replace('<', "\\u003c");
    for part in [FORM, "<script type=\"application/json\" id=\"tree-index\">", &index, "</script>\n"] {
        put(packing.out, part)?;
    }
    put(packing.out, &format!("<script nonce=\"viewer\">{SCRIPT}</script>\n"))
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
            let (decided, nodes) = (deciding(&tree), tree.nodes.len());
            self.materials.insert(tree.material);
            heads.push(Head { instance: tree.instance, piece: self.pieces, line: lines, nodes, decided });
            piece.push_str(&line);
            piece.push('\n');
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
